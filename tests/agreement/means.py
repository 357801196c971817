"""Means, totals, ratios, variances, design effects, domains and contrasts: R's survey on seven designs."""

from scipy import stats

from agreement import Answer
from agreement.designs import api
from analysis.inference import design_effect, joined, mean, proportion, ratio, total, variance

FILE = "01_means_totals_domains"
NOT_OURS = {
    r"(mean_deff|total)\|.*\|deff$": "R's `deff = TRUE` compares with a sample drawn without replacement",
    r"\.var\|": "the rows do not name their terms; the variances are those of var1",
}


def described(case, term, row, domain="", df=None):
    """What the file holds of one estimate: itself, its error, and both of R's intervals."""
    yield Answer(case, domain, term, "estimate", row["estimate"])
    yield Answer(case, domain, term, "se", row["se"])
    if df is None:
        return
    yield Answer(case, domain, term, "df", df)
    for kind, quantile in (("z", stats.norm.ppf(0.975)), ("t", stats.t.ppf(0.975, df))):
        yield Answer(case, domain, term, f"lower95_{kind}", row["estimate"] - quantile * row["se"])
        yield Answer(case, domain, term, f"upper95_{kind}", row["estimate"] + quantile * row["se"])


def matrix(case, names, covariance):
    """The lower triangle of a covariance, as the file names its terms."""
    for i, first in enumerate(names):
        for j, second in enumerate(names[: i + 1]):
            yield Answer(case, "", f"{first}|{second}", "cov", covariance[i, j])


def answers():
    """Our number for each row of the file."""
    for name, frame, design in api():
        yield from of_design(name, frame, design)


def of_design(name, frame, design):
    """The answers of one design."""
    df = mean(frame, "api00", design).df
    yield Answer(f"{name}.degf", "", "", "df", df)
    columns = ["api00", "api99", "ell"]
    means = joined(mean(frame, column, design) for column in columns)
    for column, (_, row) in zip(columns, means.table.iterrows(), strict=True):
        yield from described(f"{name}.mean_deff", column, row, df=df)
    yield from matrix(f"{name}.mean_deff", columns, means.covariance())
    yield from described(f"{name}.mean_deff_replace", "api00", means.table.iloc[0], df=df)
    effect = design_effect(frame, "api00", design).table.iloc[0]
    yield Answer(f"{name}.mean_deff_replace", "", "api00", "deff", effect["estimate"])
    yield from described(f"{name}.mean_na_rm", "avg.ed", mean(frame, "avg.ed", design).table.iloc[0], df=df)
    yield from described(f"{name}.total", "enroll", total(frame, "enroll", design).table.iloc[0], df=df)
    ratio_of = ratio(frame, "api.stu", "enroll", design).table.iloc[0]
    yield from described(f"{name}.ratio", "api.stu/enroll", ratio_of, df=df)

    shares = proportion(frame, "stype", design)
    levels = [f"stype{level}" for level in shares.table["stype"]]
    indicators = frame.assign(**{level: (frame["stype"] == level[5:]).astype(float) for level in levels})
    totals = joined(total(indicators, level, design) for level in levels)
    for kind, made in (("mean_factor", shares), ("total_factor", totals)):
        for level, (_, row) in zip(levels, made.table.iterrows(), strict=True):
            yield from described(f"{name}.{kind}", level, row, df=df)
        yield from matrix(f"{name}.{kind}", levels, made.covariance())

    row = variance(frame, "api00", design).table.iloc[0]
    for quantity, value in (
        ("estimate", "estimate"),
        ("se", "se"),
        ("df", "df"),
        ("lower95_t", "low"),
        ("upper95_t", "high"),
    ):
        yield Answer(f"{name}.var1", "", "api00", quantity, row[value])

    yield from of_domains(name, frame, design)
    if name == "strat":
        for _, row in ratio(frame, "api.stu", "enroll", design, "stype").table.iterrows():
            answers = described("strat.ratio_separate", "api.stu/enroll", row, row["stype"], df)
            yield from (one for one in answers if one.quantity in ("estimate", "se", "lower95_z", "upper95_z"))
    for case, chosen in (
        ("sub_mean_E", frame["stype"] == "E"),
        ("sub_mean_comp", (frame["comp.imp"] == "Yes") & (frame["meals"] > 50)),
    ):
        made = mean(frame, "api00", design, where=chosen)
        yield from described(f"{name}.{case}", "api00", made.table.iloc[0], df=df)
        if case == "sub_mean_E":
            yield Answer(f"{name}.sub_degf_E", "", "", "df", made.df)

    pair = joined(mean(frame, column, design) for column in ("api00", "api99"))
    for case, combination in (("contrast_diff", [1, -1]), ("contrast_nl", lambda means: means[0] / means[1])):
        row = pair.contrast(combination).table.iloc[0]
        yield Answer(f"{name}.{case}", "", "contrast", "estimate", row["estimate"])
        yield Answer(f"{name}.{case}", "", "contrast", "se", row["se"])
        for sign, bound in ((-1, "lower95_z"), (1, "upper95_z")):
            value = row["estimate"] + sign * stats.norm.ppf(0.975) * row["se"]
            yield Answer(f"{name}.{case}", "", "contrast", bound, value)


def of_domains(name, frame, design):
    """Estimates by domain, as `svyby` gives them."""
    for case, by, calls in (
        ("by_mean_stype", ["stype"], {"api00": mean(frame, "api00", design, "stype")}),
        (
            "by_mean_stype_schwide",
            ["stype", "sch.wide"],
            {column: mean(frame, column, design, ["stype", "sch.wide"]) for column in ("api00", "api99")},
        ),
        ("by_total_stype", ["stype"], {"enroll": total(frame, "enroll", design, "stype")}),
        ("by_ratio_stype", ["stype"], {"api.stu/enroll": ratio(frame, "api.stu", "enroll", design, "stype")}),
    ):
        for term, made in calls.items():
            for _, row in made.table.iterrows():
                yield from described(f"{name}.{case}", term, row, ";".join(f"{key}={row[key]}" for key in by))
    for _, row in proportion(frame, "stype", design, "sch.wide").table.iterrows():
        yield from described(
            f"{name}.by_propfactor_schwide", f"stype{row['stype']}", row, f"sch.wide={row['sch.wide']}"
        )
