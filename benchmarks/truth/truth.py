"""Whether the survey's measures find what the simulation put in: estimates from many seeds against known truth.

Each seed draws a city of twelve communities, a sample of its adults in two waves, and their answers, of which some go
missing; the chapters' own functions estimate every measure of the survey from them. The truth is that of the process
where the process states it (`ANSWER_SHARES`), else that of a census of 480,000 adults in 2,400 communities, drawn from the
same process in blocks, so that its own error is known. The census is taken twice: of everybody (`truth`), and of those
who answer (`truth_of_answers`), which is what can be estimated where answers do not go missing at random. Single
communities are held against all their own adults.

Run from the repository: `.venv/bin/python benchmarks/truth/truth.py`. It writes truth.csv beside itself and prints a row a
measure. README.md reads it.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import participation, satisfaction, study
from analysis.communities import small_areas
from analysis.data_quality.census_margins import against_census
from analysis.measure import combined
from analysis.satisfaction import OVERALL
from analysis.settings import Design
from analysis.simulate import communities, files, residents
from analysis.study import Study
from analysis.survey.respondents import COMMUNITY

SEEDS = 200
BLOCKS, COMMUNITIES, RESIDENTS = 12, 200, 250
"""The census: so many cities of so many communities, with many small ones since communities differ."""
CENSUS_SEED = 20_261_125
DIMENSIONS = (
    "wave", "activity", "frequency", "numbers", "core_percent", "top_percent", "component", "group", "among",
    "grouped_by", "ranked_by", "item", "score", "missing_reason", "predictor",
)  # fmt: skip
WITHOUT_TRUTH = (
    "association_p", "association_p_holm", "bartlett_chi_square", "bartlett_p", "groups_reached", "lowest_group_rate",
    "census_share", "census_gap_unweighted", "census_gap_weighted",
)  # fmt: skip
"""Tests and verdicts on a sample, of which a census has none, and what is no estimate from the sample."""


def study_of(opened: Study, tables: dict[str, pd.DataFrame]) -> Study:
    """The study of Nanchang with other answers."""
    read = {name: files.as_read(name, table) for name, table in tables.items()}
    return replace(opened, reading=opened.reading._replace(tables=opened.reading.tables | read))


def estimates(made: Study) -> pd.DataFrame:
    """Every measure of the survey that has a truth, by its dimensions."""
    return keyed(combined([participation.measures(made), satisfaction.measures(made), against_census(made)]))


def keyed(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a truth; the parts of Theil's index between communities differ with the communities' size."""
    has_truth = ~table["measure"].isin(WITHOUT_TRUTH) & (table.get("grouped_by") != COMMUNITY)
    dimensions = table.reindex(columns=["measure", *DIMENSIONS]).astype("object").fillna("")
    return table[["estimate", "se", "low", "high"]].set_index(pd.MultiIndex.from_frame(dimensions))[
        has_truth.to_numpy()
    ]


def samples(opened: Study) -> Iterator[pd.DataFrame]:
    """The estimates of each seed; those of communities with the `truth` of their own adults."""
    for seed in range(SEEDS):
        streams = np.random.default_rng(seed).spawn(4)
        population = residents.draw_population(streams[0], communities.draw_communities(streams[1]))
        respondents = residents.draw_sample(streams[2], population)
        made = study_of(opened, residents.interview(streams[3], respondents, population))
        yield pd.concat([estimates(made), of_communities(made, population)]).assign(seed=seed)


def of_communities(made: Study, population: residents.Population) -> pd.DataFrame:
    """Estimates for single communities, each with its own truth, and of how much communities differ."""
    takes_part, place = population.acts.sum(axis=2) > 0, [*residents.ANSWER_SHARES].index(OVERALL)
    own = {("participation_rate", wave): takes_part[i] for i, wave in enumerate(residents.WAVES)}
    own |= {("satisfaction_score", residents.WAVES[0]): 25.0 * population.scores[:, place]}
    means = pd.DataFrame(own).groupby(population.people[COMMUNITY]).mean()
    table = small_areas.measures(made)
    table = table[table["measure"].str.startswith(("direct_", "small_area_", "deviation_"))]
    truth = [
        means.loc[community, (outcome, wave)] if isinstance(community, str) else means[outcome, wave].std()
        for outcome, wave, community in table[["outcome", "wave", COMMUNITY]].itertuples(index=False)
    ]
    return keyed(table).assign(truth=truth)


def census(opened: Study) -> Iterator[tuple[pd.Series, pd.Series]]:
    """Every measure in a block of the census, of everybody and of those who answer."""
    counted = opened.settings.model_copy(update={"design": {"respondents": Design(weights="weight")}})
    subdistricts = [*residents.SAMPLE_SIZES] * (COMMUNITIES // len(residents.SAMPLE_SIZES))
    names = [f"C{number}" for number in range(COMMUNITIES)]
    places = pd.DataFrame({COMMUNITY: names, "subdistrict": subdistricts, "residents": RESIDENTS})
    for random in np.random.default_rng(CENSUS_SEED).spawn(BLOCKS):
        population = residents.draw_population(random, places)
        everybody = population.people.assign(person=population.people.index, weight=1.0)
        everybody["respondent_id"] = "R" + everybody["person"].astype(str)
        first, again = (everybody.assign(wave=wave) for wave in residents.WAVES)
        kept = residents.draw_second_wave(random, first).assign(wave=residents.WAVES[1])
        asked, reached = (pd.concat([first, second], ignore_index=True) for second in (again, kept))
        told = residents.answers(asked, population), residents.interview(random, reached, population)
        of_all, of_answers = (
            estimates(replace(study_of(opened, tables), settings=counted))["estimate"] for tables in told
        )
        yield of_all, of_answers


def of_the_process() -> dict[tuple[str, str], float]:
    """The truths that the simulation states, by measure and item: no answer rests on what people are."""
    truths = {("satisfaction_odds_ratio", OVERALL): 1.0}
    for item, given in residents.ANSWER_SHARES.items():
        shares = np.array(given)
        high, low, mean = float(shares[3:].sum()), float(shares[:2].sum()), float(shares @ np.arange(5))
        truths |= {
            ("satisfied_share", item): high,
            ("dissatisfied_share", item): low,
            ("net_satisfaction", item): high - low,
        }
        truths |= {("satisfaction_mean", item): mean + 1, ("satisfaction_score", item): 25 * mean}
        truths |= {("performance", item): mean + 1, ("item_nonresponse", item): 1 - 0.96 * 0.99}
    return truths


def truths(opened: Study) -> pd.DataFrame:
    """The truth of each measure, of everybody and of those who answer, its own error, and where it comes from."""
    of_all, of_answers = (pd.concat(blocks, axis=1) for blocks in zip(*census(opened), strict=True))
    made = pd.DataFrame({"truth": of_all.mean(axis=1), "truth_error": of_all.std(axis=1) / np.sqrt(BLOCKS)})
    made["truth_of_answers"] = of_answers.mean(axis=1).reindex(made.index)
    stated, key = of_the_process(), made.index.to_frame()[["measure", "item"]].apply(tuple, axis=1)
    is_stated = key.isin([*stated])
    for column in ("truth", "truth_of_answers"):
        made[column] = key.map(stated).fillna(made[column])
    return made.assign(
        truth_from=np.where(is_stated, "process", "census"), truth_error=made["truth_error"].mask(is_stated, 0)
    )


def compared(drawn: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """For each measure how its estimates, one a seed, lie around the truth."""
    keys = ["measure", *DIMENSIONS]
    table = drawn.reset_index().merge(known.reset_index(), on=keys, how="left", suffixes=("_own", ""))
    table["truth"] = table["truth"].fillna(table.pop("truth_own"))
    table["truth_of_answers"] = table["truth_of_answers"].fillna(table["truth"])
    table = table.dropna(subset=["estimate", "truth"]).assign(
        error=table["estimate"] - table["truth"],
        error_of_answers=table["estimate"] - table["truth_of_answers"],
        is_within_3=((table["estimate"] - table["truth"]).abs() <= 3 * table["se"]).where(table["se"] > 0),
        is_covered=table["truth"].between(table["low"], table["high"]).where(table["low"].notna()),
    )
    of_seed = table.groupby([*keys, "seed"])[["error", "error_of_answers", "truth_error"]].mean().fillna(0)
    groups, of_key = table.groupby(keys, sort=False), of_seed.groupby(keys, sort=False)
    spread, seeds = of_key["error"].std(), of_key.size()
    error = np.hypot(spread / np.sqrt(seeds), of_key["truth_error"].first())
    made = groups[["truth", "truth_of_answers", "estimate"]].mean().rename(columns={"estimate": "mean_estimate"})
    return made.assign(
        truth_from=known["truth_from"].reindex(made.index).fillna("own adults"),
        seeds=seeds,
        sd=spread,
        standardised_bias=of_key["error"].mean() / error,
        standardised_bias_of_answers=of_key["error_of_answers"].mean() / error,
        error_ratio=np.sqrt((table["se"] ** 2).groupby([table[key] for key in keys]).mean())
        / table.groupby(keys)["error"].std(),
        within_3_errors=groups["is_within_3"].mean().astype("float64"),
        coverage=groups["is_covered"].mean().astype("float64"),
    )


def by_measure(table: pd.DataFrame) -> pd.DataFrame:
    """One row a measure: the worst of its groups."""
    groups = table.assign(**{name: table[name].abs() for name in table if "bias" in name}).groupby(
        "measure", sort=False
    )
    return pd.DataFrame(
        {
            "groups": groups.size(),
            "largest bias": groups["standardised_bias"].max(),
            "of answers": groups["standardised_bias_of_answers"].max(),
            "least within 3": groups["within_3_errors"].min(),
            "coverage": groups["coverage"].mean(),
            "least": groups["coverage"].min(),
        }
    )


if __name__ == "__main__":
    nanchang = study.open()
    result = compared(pd.concat(samples(nanchang)), truths(nanchang))
    result.dropna(axis="columns", how="all").to_csv(Path(__file__).with_name("truth.csv"), float_format="%.5g")
    print(by_measure(result).round(2).to_string())
