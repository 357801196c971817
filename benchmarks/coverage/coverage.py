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

from analysis.inference import SurveyDesign, concentration_index, gini, mean, proportion, top_share

CLUSTERS = (12, 30, 100)
RESIDENTS = 20
REPLICATIONS = 4000
TRUTH_RESIDENTS = 40_000_000
SEED = 20_261_125
DESIGN = SurveyDesign(weights="weight", strata="replication", clusters="cluster")
INTERVALS = {
    "mean": ["t"],
    "proportion": ["korn_graubard", "logit", "wilson"],
    "rare_proportion": ["korn_graubard", "logit", "wilson"],
    "gini": ["t", "logit"],
    "top_share": ["t", "logit"],
    "concentration_index": ["t"],
}


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


def estimates(frame: pd.DataFrame, design: SurveyDesign, by: str | None, statistic: str, interval: str) -> pd.DataFrame:
    """The measure table of one statistic with one interval."""
    domains = [by] if by else []
    if statistic == "mean":
        return mean(frame, "acts", design, domains).table
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


def coverage() -> pd.DataFrame:
    """The share of intervals that hold the truth, and of those that lie wholly below and above it."""
    truth = truths()
    rows = []
    for clusters in CLUSTERS:
        frame = samples(clusters, np.random.default_rng([SEED, clusters]))
        for statistic, kinds in INTERVALS.items():
            for interval in kinds:
                table = estimates(frame, DESIGN, "replication", statistic, interval)
                known = table.dropna(subset=["low", "high"])
                below, above = known["high"] < truth[statistic], known["low"] > truth[statistic]
                rows.append(
                    {
                        "statistic": statistic,
                        "interval": interval,
                        "clusters": clusters,
                        "replications": len(table),
                        "without_interval": len(table) - len(known),
                        "truth": truth[statistic],
                        "mean_estimate": table["estimate"].mean(),
                        "error_ratio": table["se"].mean() / table["estimate"].std(),
                        "coverage": 1 - (below | above).mean(),
                        "too_low": below.mean(),
                        "too_high": above.mean(),
                        "mean_width": (known["high"] - known["low"]).mean(),
                    }
                )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    result = coverage()
    result.to_csv(Path(__file__).with_name("coverage.csv"), index=False, float_format="%.5g")
    print(result.round(4).to_markdown(index=False) if hasattr(result, "to_markdown") else result.round(4).to_string())
