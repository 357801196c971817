"""Syntax that opens an export and recomputes its headline numbers, with ours beside them: recompute.do and recompute.sps."""

from collections.abc import Iterator, Sequence

from analysis.errors import StudyError
from analysis.export import syntax_spss, syntax_stata
from analysis.export.columns import CODED, NUMBERS, Table, said
from analysis.export.headlines import Headline, headlines
from analysis.study import Study


def files(study: Study, tables: Sequence[Table], format_: str, language: str) -> Iterator[tuple[str, str]]:
    """The name and the text of the syntax file of a format; none for other formats than those of SPSS and Stata."""
    if format_ not in ("sav", "dta"):
        return
    found, errors = headlines(study, tables)
    design = study.design("respondents")
    program = "stata" if format_ == "dta" else "spss"
    notes = _notes(study, program, found, errors, language)

    def called(one: Headline) -> str:
        return f"{study.catalogue.measure(one.measure)[language]} ({one.measure})"

    if format_ == "dta":
        yield "recompute.do", syntax_stata.text(found, design, notes, called)
    else:
        people = [column for table in tables if table.name == "respondents" for column in table.columns]
        texts = {one.name for one in people if one.type not in (*CODED, *NUMBERS)}
        yield "recompute.sps", syntax_spss.text(found, design, texts, notes, called)


def _notes(
    study: Study, program: str, found: Sequence[Headline], errors: Sequence[StudyError], language: str
) -> list[str]:
    """What stands at the head of a syntax file, a line each."""
    notes = [said("syntax_head", language, study=study.settings.title[language])]  # type: ignore[index]
    notes += [said(f"syntax_{program}", language)]
    notes += [] if found else [said("syntax_nothing", language)]
    notes += [said("syntax_left_out", language, error=" ".join(error.text(language).split())) for error in errors]
    if study.weighting is not None:
        notes.append(said("syntax_calibrated", language))
    return notes
