"""How often the nominal 95 % intervals hold the truth: a simulation study of the inference kernel.

Communities are drawn as clusters, 20 residents in each, with unequal weights. How often a resident takes part is a
count with many zeros and a long tail: Poisson with a rate that varies between communities (gamma, shape 3) and, far
more, between residents (gamma, shape 0.35), and rises with schooling. All replications are one call of the kernel:
each is a stratum and a domain of its own, so that nothing of one enters another.

Run from the repository: `.venv/bin/python benchmarks/coverage/coverage.py`. It writes coverage.csv beside itself and
prints the table of README.md.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.inference import ReplicateDesign, SurveyDesign, concentration_index, gini, mean, proportion, top_share
from analysis.inference.estimates import Design

CLUSTERS = (12, 30, 100)
RESIDENTS = 20
REPLICATIONS = 4000
TRUTH_RESIDENTS = 40_000_000
SEED = 20_261_125
LINEARISED = SurveyDesign(weights="weight", strata="replication", clusters="cluster")
INTERVALS = {
    "mean": ["t", "log"],
    "proportion": ["korn_graubard", "logit", "wilson"],
    "rare_proportion": ["korn_graubard", "logit", "wilson"],
    "gini": ["t", "logit"],
    "top_share": ["t", "logit"],
    "concentration_index": ["t"],
}
JACKKNIFED = ("mean", "gini", "top_share", "concentration_index")
FEW = 30
"""Clusters up to which the jackknife is tried too; with more, its weights would fill the memory."""


def population(communities: int, residents: int, random: np.random.Generator) -> pd.DataFrame:
    """Residents of communities: acts in a year, years of schooling, whether anything was done, and whether very much."""
    community = np.repeat(np.arange(communities), residents)
    level = random.gamma(3, 1 / 3, communities)[community]
    schooling = np.clip(np.round(random.normal(11 + level, 3)), 0, 22)
    rate = 1.2 * level * random.gamma(0.35, 1 / 0.35, len(community)) * np.exp(0.05 * (schooling - 12))
    acts = random.poisson(rate)
    return pd.DataFrame(
        {
            "cluster": community,
            "acts": acts,
            "schooling": schooling,
            "took_part": (acts > 0).astype(int),
            "took_part_much": (acts >= 15).astype(int),
        }
    )


def estimates(frame: pd.DataFrame, design: Design, by: str | None, statistic: str, interval: str) -> pd.DataFrame:
    """The measure table of one statistic with one interval."""
    domains = [by] if by else []
    if statistic == "mean":
        return mean(frame, "acts", design, domains, interval=interval).table
    if statistic in ("proportion", "rare_proportion"):
        column = "took_part" if statistic == "proportion" else "took_part_much"
        return proportion(frame, column, design, domains, interval=interval).table
    if statistic == "gini":
        return gini(frame, "acts", design, domains, interval=interval).table
    if statistic == "top_share":
        return top_share(frame, "acts", design, domains, share=0.1, interval=interval).table
    return concentration_index(frame, "acts", design=design, rank="schooling", by=domains).table


def truths() -> dict[str, float]:
    """Each statistic in a population so large that its sampling error does not matter."""
    everybody = population(TRUTH_RESIDENTS // RESIDENTS, RESIDENTS, np.random.default_rng(SEED))
    return {
        statistic: float(estimates(everybody, SurveyDesign(), None, statistic, kinds[0])["estimate"].iloc[0])
        for statistic, kinds in INTERVALS.items()
    }


def samples(clusters: int, random: np.random.Generator) -> pd.DataFrame:
    """All replications of one size, one below the other, with weights that are as unequal as an ordinary household survey's."""
    frame = population(clusters * REPLICATIONS, RESIDENTS, random)
    return frame.assign(replication=frame["cluster"] // clusters, weight=random.lognormal(0, 0.4, len(frame)))


def jackknifed(frame: pd.DataFrame, clusters: int) -> tuple[pd.DataFrame, ReplicateDesign]:
    """The samples with jackknife weights: replicate j leaves out the j-th cluster of every replication at once."""
    place, weight = (frame["cluster"] % clusters).to_numpy(), frame["weight"].to_numpy()
    others = clusters / (clusters - 1)
    left_out = {f"without_{j}": np.where(place == j, 0, weight * others) for j in range(clusters)}
    design = ReplicateDesign(weights="weight", replicates="without_", kind="JK1", df=clusters - 1)
    return pd.concat([frame, pd.DataFrame(left_out)], axis=1), design


def coverage() -> pd.DataFrame:
    """The share of intervals that hold the truth, and of those that lie wholly below and above it."""
    truth = truths()
    rows = []
    for clusters in CLUSTERS:
        frame = samples(clusters, np.random.default_rng([SEED, clusters]))
        with_replicates, jackknife = jackknifed(frame, clusters) if clusters <= FEW else (frame, LINEARISED)
        for statistic, kinds in INTERVALS.items():
            for interval in kinds:
                named = {"statistic": statistic, "clusters": clusters, "interval": interval}
                table = estimates(frame, LINEARISED, "replication", statistic, interval)
                rows.append(named | {"errors": "linearised"} | held(table, truth[statistic]))
                if statistic in JACKKNIFED and clusters <= FEW:
                    table = estimates(with_replicates, jackknife, "replication", statistic, interval)
                    rows.append(named | {"errors": "jackknife"} | held(table, truth[statistic]))
    return pd.DataFrame(rows)


def held(table: pd.DataFrame, truth: float) -> dict[str, float]:
    """How often the intervals of a table hold the truth; a replication without an interval does not count."""
    known = table.dropna(subset=["low", "high"])
    below, above = known["high"] < truth, known["low"] > truth
    return {
        "replications": len(table),
        "without_interval": len(table) - len(known),
        "truth": truth,
        "mean_estimate": table["estimate"].mean(),
        "error_ratio": table["se"].mean() / table["estimate"].std(),
        "coverage": 1 - (below | above).mean(),
        "below": below.mean(),
        "above": above.mean(),
        "mean_width": (known["high"] - known["low"]).mean(),
    }


if __name__ == "__main__":
    result = coverage()
    result.to_csv(Path(__file__).with_name("coverage.csv"), index=False, float_format="%.5g")
    print(result.round(3).to_string(index=False))
