"""Tests of independence and differences of two groups: R's svychisq and svyttest, on seven designs and on NHANES."""

from scipy import stats

from agreement import Answer, data, has_data
from agreement.designs import api
from agreement.means import described
from analysis.inference import SurveyDesign, chi_square, difference, mean, t_tests, total

FILE = "03_chisq_tests"
NOT_OURS = {
    r"\.(lincom|saddlepoint)\|": "a sum of weighted chi-squares is approximated by Satterthwaite's degrees of freedom only",
    r"ranktest": "rank tests are not offered",
    r"^nhanes\.chisq_.*\.Chisq\|.*\|stat$": "R scales Pearson's statistic to all rows, those with a missing value among them",
}

NHANES = SurveyDesign(weights="WTMEC2YR", strata="SDMVSTRA", clusters="SDMVPSU", nest=True)


def answers():
    """Our number for each row of the file."""
    for name, frame, design in api():
        for case, columns in (("schwide_stype", ("sch.wide", "stype")), ("schwide_compimp", ("sch.wide", "comp.imp"))):
            yield from of_table(f"{name}.chisq_{case}", frame, *columns, design)
        for _, row in total(frame.assign(one=1), "one", design, ["sch.wide", "stype"]).table.iterrows():
            yield Answer(f"{name}.table", "", f"{row['sch.wide']}|{row['stype']}", "estimate", row["estimate"])
        row = t_tests(difference(frame, "api00", design, "comp.imp")).iloc[0]
        for term, quantity, value in (
            ("t", "stat", "statistic"),
            ("df", "df", "df"),
            ("p", "p", "p"),
            ("diff", "estimate", "estimate"),
        ):
            yield Answer(f"{name}.ttest", "", term, quantity, row[value])
    if has_data("nhanes"):
        yield from of_nhanes(data("nhanes"))


def of_table(case, frame, rows, columns, design):
    """The four tests of independence that are offered."""
    for theirs, kind in (("F", "F"), ("Chisq", "chi2"), ("Wald", "wald"), ("adjWald", "adjusted_wald")):
        test = chi_square(frame, rows, columns, design, kind=kind).facts
        yield Answer(f"{case}.{theirs}", "", "", "p", test["p"])
        if kind == "chi2":  # R prints Pearson's statistic without the correction that its p rests on
            if frame[[rows, columns]].notna().all(axis=None):
                yield Answer(f"{case}.{theirs}", "", "X-squared", "stat", test["pearson"])
            yield Answer(f"{case}.{theirs}", "", "df", "df", test["df"])
        else:
            yield Answer(f"{case}.{theirs}", "", "F", "stat", test["statistic"])
            yield Answer(f"{case}.{theirs}", "", "ndf", "df", test["df"])
            yield Answer(f"{case}.{theirs}", "", "ddf", "df", test["denominator_df"])


def of_nhanes(frame):
    """The answers on NHANES."""
    for columns in ("race", "agecat"):
        yield from of_table(f"nhanes.chisq_hichol_{columns}", frame, "HI_CHOL", columns, NHANES)
    made = mean(frame, "HI_CHOL", NHANES)
    yield from described("nhanes.mean_hichol", "HI_CHOL", made.table.iloc[0], df=made.df)
    for _, row in mean(frame, "HI_CHOL", NHANES, ["race", "RIAGENDR"]).table.iterrows():
        domain = f"race={row['race']};RIAGENDR={row['RIAGENDR']}"
        yield from described("nhanes.by_hichol", "HI_CHOL", row, domain)
    for _, row in total(frame.assign(one=1), "one", NHANES, "agecat").table.iterrows():
        case, term = "nhanes.total_agecat", f"agecat{row['agecat']}"
        yield from described(case, term, row)
        for sign, bound in ((-1, "lower95_z"), (1, "upper95_z")):
            yield Answer(case, "", term, bound, row["estimate"] + sign * stats.norm.ppf(0.975) * row["se"])
