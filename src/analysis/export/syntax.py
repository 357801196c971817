"""Syntax that opens an export and recomputes its headline numbers, with ours beside them: recompute.do and recompute.sps."""

from collections.abc import Iterator, Sequence

from analysis.errors import StudyError
from analysis.export import syntax_spss, syntax_stata
from analysis.export.columns import Table, said
from analysis.export.headlines import Headline, headlines
from analysis.study import Study


def files(study: Study, tables: Sequence[Table], format_: str, language: str) -> Iterator[tuple[str, str]]:
    """The name and the text of the syntax file of a format; none for other formats than those of SPSS and Stata."""
    if format_ not in ("sav", "dta"):
        return
    found, errors = headlines(study, tables)
    design = study.design("respondents")
    if format_ == "dta":
        notes = _notes(study, "stata", found, errors, language)
        yield "recompute.do", syntax_stata.text(found, design, notes, lambda one: _called(study, one, language))
    else:
        notes = _notes(study, "spss", found, errors, language)
        yield "recompute.sps", syntax_spss.text(found, design, notes, lambda one: _called(study, one, language))


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


def _called(study: Study, one: Headline, language: str) -> str:
    entry = study.catalogue.measure(one.measure)
    return f"{entry[language]} ({one.measure})"
