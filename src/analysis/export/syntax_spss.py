"""SPSS syntax: each headline number by WEIGHT BY and AGGREGATE, listed beside ours with the difference.

Commands as in the Command Syntax Reference of SPSS, in the part that GNU PSPP has too, so that the syntax can be run without
SPSS. Design-based errors need the module Complex Samples (CSPLAN, CSDESCRIPTIVES), which PSPP lacks.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from analysis.export.headlines import Headline, Step
from analysis.inference import SurveyDesign

RESPONDENTS = "recompute_respondents.sav"
"""A sorted copy that the syntax makes, as MATCH FILES needs it, and takes away again."""


def text(
    found: Sequence[Headline],
    design: SurveyDesign,
    texts: Collection[str],
    notes: Sequence[str],
    called: Callable[[Headline], str],
) -> str:
    """The text of a syntax file; `texts` are the variables of the respondents that are no numbers."""
    lines = [f"* {_ended(note)}" for note in notes]
    lines += ["", "SET DECIMAL=DOT."]
    has_respondents = any(one.is_weighted for one in found)
    if has_respondents:
        lines += ["", "GET FILE='data/respondents.sav'.", "SORT CASES BY respondent_id wave."]
        lines.append(f"SAVE OUTFILE='{RESPONDENTS}'.")
    for one in found:
        lines += ["", f"* {_ended(called(one))}", *_recomputed(one, design, texts)]
    lines += ["", f"ERASE FILE='{RESPONDENTS}'."] if has_respondents else []
    return "\n".join(lines) + "\n"


def _recomputed(one: Headline, design: SurveyDesign, texts: Collection[str]) -> Iterator[str]:
    yield f"GET FILE='data/{one.table}.sav'."
    yield "COMPUTE value=$SYSMIS."
    for step in one.steps:
        yield from _step(step)
    if one.is_weighted:
        yield "SORT CASES BY respondent_id wave."
        if one.of_persons:
            yield "AGGREGATE OUTFILE=* /MISSING=COLUMNWISE /BREAK=respondent_id wave /value=MAX(value)."
        yield f"MATCH FILES /FILE=* /TABLE='{RESPONDENTS}' /IN=is_respondent /BY respondent_id wave."
        yield "SELECT IF is_respondent=1."
        if design.missing_strata == "set_aside" and design.strata:
            stratum = design.strata if isinstance(design.strata, str) else design.strata[0]
            yield f"SELECT IF {stratum}<>''." if stratum in texts else f"SELECT IF NOT MISSING({stratum})."
        if design.weights:
            yield f"WEIGHT BY {design.weights}."
    yield f"SORT CASES BY {' '.join(one.by)}."
    yield f"AGGREGATE OUTFILE=* /BREAK={' '.join(one.by)} /here=MEAN(value)."
    yield "NUMERIC project difference (F20.10)."
    for row in one.estimates.to_dict("records"):
        where = " AND ".join(f"{column}={row[column]}" for column in one.by)
        yield f"IF ({where}) project={row['estimate']:.15g}."
    yield "COMPUTE difference=here-project."
    yield "FORMATS here (F20.10)."
    yield f"LIST VARIABLES={' '.join(one.by)} here project difference."


def _step(step: Step) -> Iterator[str]:
    if step.kind == "joined":
        yield f"RECODE term {step.recoded} (ELSE=SYSMIS) INTO place."
        yield f"SORT CASES BY {step.column} person_id place."
        yield "COMPUTE before=LAG(place)."
        yield (
            f"IF (place>1) value=NOT({step.column}=LAG({step.column}) AND person_id=LAG(person_id) AND place=before+1)."
        )
    elif step.kind == "codes":
        yield f"RECODE {step.column} {step.recoded} (ELSE=SYSMIS) INTO told_{step.column}."
        yield f"IF (MISSING(value)) value=told_{step.column}."
    else:
        told = f"({step.column}>0)" if step.kind == "positive" else step.column
        yield f"IF (MISSING(value) AND NOT MISSING({step.column})) value={told}."


def _ended(note: str) -> str:
    """A comment, which a full stop at the end of a line ends."""
    return note if note.endswith(".") else note + "."
