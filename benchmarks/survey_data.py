"""Survey-shaped data of any size: clusters in strata, unequal weights, a count with many zeros and a continuous amount."""

import numpy as np
import pandas as pd

CLUSTERS = 1000
STRATA = 20


def survey(rows: int, domains: int, keys: str = "integer", seed: int = 20_261_125) -> pd.DataFrame:
    """One row a respondent.

    Parameters
    ----------
    domains
        The number of values of `group`.
    keys
        `integer`, `categorical` or `string`: how cluster, stratum and group are written.
    """
    random = np.random.default_rng(seed)
    cluster = random.integers(0, CLUSTERS, rows)
    frame = pd.DataFrame(
        {
            "cluster": cluster,
            "stratum": cluster % STRATA,
            "group": random.integers(0, domains, rows),
            "weight": random.uniform(0.5, 2.0, rows),
            "acts": random.negative_binomial(0.4, 0.25, rows),
            "amount": random.lognormal(8.0, 0.8, rows),
        },
        copy=False,
    )
    if keys == "integer":
        return frame
    for column, count in (("cluster", CLUSTERS), ("stratum", STRATA), ("group", domains)):
        names = [f"{column} {place:04d}" for place in range(count)]
        words = pd.Categorical.from_codes(frame[column].to_numpy(), categories=names)
        frame[column] = words if keys == "categorical" else pd.Series(words).astype("str")
    return frame
