"""An intruder who has all that is shown of persons of one kind, and solves for what it leaves of the counts that are hidden."""

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from analysis.reporting import disclosure

ALMOST = 1e-6


class Intruder:
    """What is known of persons: sums over them that are shown, and counts of them that are hidden.

    Persons are counted in cells that no measure divides. Whatever is shown is an equation of these counts, or two bounds where
    it is rounded, and a linear program gives the least and the most that a hidden count may be.

    Parameters
    ----------
    people
        One row a person.
    columns
        What divides persons into cells; the intruder knows no combination of values to be empty.
    within
        Columns that follow from the first of `columns`, as a subdistrict does from a community.
    """

    def __init__(self, people, columns, within=()):
        counted = people.groupby(columns).size()
        possible = pd.MultiIndex.from_product([people[one].unique() for one in columns], names=columns)
        self.cells = counted.reindex(possible if len(columns) > 1 else possible.get_level_values(0), fill_value=0)
        self.cells = self.cells.rename_axis(columns).rename("persons").reset_index()
        for column in within:
            lies_in = people.drop_duplicates(columns[0]).set_index(columns[0])[column]
            self.cells[column] = self.cells[columns[0]].map(lies_in)
        self.sums, self.hidden, self._of = [], [], {}

    def of(self, condition):
        """The cells of whom a condition is true, or of each the value of an expression."""
        if condition not in self._of:
            value = self.cells.eval(condition, engine="python")
            self._of[condition] = np.asarray(value, float) * np.ones(len(self.cells))
        return self._of[condition]

    def count(self, weights):
        """What weights of the cells add up to."""
        return float(self.cells["persons"] @ weights)

    def sees(self, weights, within=0.0):
        """A sum is shown, as it is or rounded: it is off by so much at most."""
        self.sums.append((weights, self.count(weights), within))

    def misses(self, name, weights, base=None):
        """A count is hidden, of a base that it is a part of."""
        self.hidden.append((name, weights, np.inf if base is None else self.count(base)))

    def recovers(self):
        """The hidden counts with the least and the most that they may be, where these are nearer than the rules promise."""
        weights = np.array([one for one, _, _ in self.sums])
        total, within = (np.array([one[place] for one in self.sums]) for place in (1, 2))
        exact, rounded = within == 0, within > 0
        limits = {
            "A_eq": weights[exact],
            "b_eq": total[exact],
            "A_ub": np.concatenate([weights[rounded], -weights[rounded]]),
            "b_ub": np.concatenate([(total + within)[rounded], (within - total)[rounded]]),
            "bounds": (0, None),
        }
        found = []
        for name, goal, base in self.hidden:
            ends = [linprog(sign * goal, **limits) for sign in (1, -1)]
            assert [one.status for one in ends] in ([0, 0], [0, 3]), [one.message for one in ends]
            least, most = ends[0].fun, np.inf if ends[1].status == 3 else -ends[1].fun
            assert least - ALMOST <= self.count(goal) <= most + ALMOST
            if most - least < min(disclosure.LEAST, base / 2) - ALMOST:
                found.append((name, round(least, 3), round(most, 3)))
        return found
