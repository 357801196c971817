"""Strata with a single cluster under R's five rules, on three designs."""

from agreement import Answer, data, has_data
from agreement.means import described
from analysis.errors import StudyError
from analysis.inference import ResampledDesign, SurveyDesign, mean, total

FILE = "07_lonely_psu"
NOT_OURS = {
    r"\.adjdomain\.": "a domain keeps the strata of the whole sample, so none of its strata is lonely",
    r"\.(adjust|average)\.rep\|.*\|se$": "R gives the replicate of a lonely cluster a factor of its own, which is not that "
    "of its linearised variance",
    r"clus1_as_strata\.average\.by\|stype=[HM]\|.*\|se$": "R averages over the strata that have rows of the domain, ours "
    "over those of the sample",
}
RULES = {rule: rule for rule in ("remove", "certainty", "adjust", "average")} | {"fail": "refuse"}
"""Our name of each rule that R has."""


def strata(rule, fpc=None):
    """The districts as strata, each school drawn by itself."""
    return SurveyDesign(weights="pw", strata="dnum", fpc=fpc, lonely=RULES[rule])


def answers():
    """Our number for each row of the file."""
    if not has_data("apiclus1"):
        return
    whole = data("apiclus1")
    sized = whole.assign(fpcx=(whole["dnum"] != 413) * 999 + 1)
    others = whole[whole["dnum"] != 413].reset_index(drop=True)
    rest = others.index != 30  # R leaves out row 31 of the design, which leaves one school in the stratum
    for rule in RULES:
        yield from of_design(f"lonely.clus1_as_strata.{rule}", whole, strata(rule), rule)
        yield from of_design(f"lonely.clus1_as_strata_fpc.{rule}", sized, strata(rule, "fpcx"), rule)
        yield from linearised(f"lonely.clus1_subset_to_lonely.{rule}", others, strata(rule), rest)
        yield from replicated(f"lonely.clus1_subset_to_lonely.{rule}", others[rest], strata(rule), rule)


def of_design(case, frame, design, rule):
    """The four calls on a design, or a refusal of each."""
    try:
        design.sample(frame)
    except StudyError as error:
        assert error.key == "lonely_cluster"
        for call in ("mean", "total", "by", "rep"):
            yield Answer(f"{case}.{call}", "", "", "error", 1)
        return
    yield from linearised(case, frame, design)
    yield from replicated(case, frame, design, rule)


def linearised(case, frame, design, where=None):
    """Mean, total, and means by type of school."""
    yield from described(f"{case}.mean", "api00", mean(frame, "api00", design, where=where).table.iloc[0])
    yield from described(f"{case}.total", "enroll", total(frame, "enroll", design, where=where).table.iloc[0])
    for _, row in mean(frame, "api00", design, "stype", where=where).table.iterrows():
        for answer in described(f"{case}.by", "api00", row, f"stype={row['stype']}"):
            if row["stype"] == "E" or answer.quantity == "estimate" or case != "lonely.clus1_as_strata.average":
                yield answer


def replicated(case, frame, design, rule):
    """The mean under jackknife replicates."""
    try:
        made = mean(frame, "api00", ResampledDesign(design, "JKn", is_about_estimate=False)).table.iloc[0]
    except StudyError as error:
        assert error.key == "lonely_cluster"
        yield Answer(f"{case}.rep", "", "", "error", 1)
        return
    yield Answer(f"{case}.rep", "", "api00", "estimate", made["estimate"])
    if rule not in ("adjust", "average"):
        yield Answer(f"{case}.rep", "", "api00", "se", made["se"])
