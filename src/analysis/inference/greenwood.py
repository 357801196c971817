"""How survival curves vary as a process: Greenwood's variance, and what is left of it when curves are combined."""

from dataclasses import dataclass

import numpy as np

from analysis.inference.coding import Codes
from analysis.inference.estimates import Numbers


@dataclass(frozen=True, eq=False)
class Greenwood:
    """How curves vary as a process: ln S by independent steps, and the domains by themselves.

    It is no spread of a sample, so that it joins with no other.

    Attributes
    ----------
    survival, variance
        S at each time, and the variance of ln S up to it.
    domain
        The domain of each time.
    """

    survival: Numbers
    variance: Numbers
    domain: Codes

    def variances(self) -> Numbers:
        """The variance of each estimate."""
        return self.survival**2 * self.variance

    def covariance(self) -> Numbers:
        """The covariance of all estimates."""
        is_same = self.domain[:, None] == self.domain
        common = np.minimum(self.variance[:, None], self.variance)
        return np.where(is_same, np.outer(self.survival, self.survival) * common, 0.0)

    def combined(self, weights: Numbers) -> "Known":
        """The spread of linear combinations of the estimates."""
        return Known(weights @ self.covariance() @ weights.T)

    def chosen(self, places: Codes) -> "Greenwood":
        """The spread of some of the estimates, given in order."""
        return Greenwood(self.survival[places], self.variance[places], self.domain[places])

    def scaled(self, factors: Numbers) -> "Known":
        """The spread of the estimates, each multiplied by a factor."""
        return self.combined(np.diag(factors))


@dataclass(frozen=True, eq=False)
class Known:
    """A spread of which the covariance is all that is known."""

    matrix: Numbers

    def variances(self) -> Numbers:
        """The variance of each estimate."""
        return np.diag(self.matrix)

    def covariance(self) -> Numbers:
        """The covariance of all estimates."""
        return self.matrix

    def combined(self, weights: Numbers) -> "Known":
        """The spread of linear combinations of the estimates."""
        return Known(weights @ self.matrix @ weights.T)

    def chosen(self, places: Codes) -> "Known":
        """The spread of some of the estimates, given in order."""
        return Known(self.matrix[np.ix_(places, places)])

    def scaled(self, factors: Numbers) -> "Known":
        """The spread of the estimates, each multiplied by a factor."""
        return self.combined(np.diag(factors))
