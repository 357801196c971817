"""What is made of respondents and their answers, where these are more than memory holds.

Nothing that a measure needs of a person looks at another person. So it is made some communities at a time, by the same code
as in memory, and laid out on an engine; from there a measure takes the classes of what it reads.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis import on_engine
from analysis.errors import StudyError, listing
from analysis.inference import SurveyDesign
from analysis.inference.relations.classes import held
from analysis.inference.relations.relation import Relation, one_reading
from analysis.reading.engine import connect, handed_on, limits_told, spill_folder
from analysis.registers import FREQUENCY
from analysis.study import Study
from analysis.survey.respondents import COMMUNITY, RESPONDENT, TABLE, stages_of

PIECE = 500_000
"""About so many respondents are taken together, or those of one community if it has more."""


def laid_out(
    study: Study, tables: Sequence[str], make: Callable[[Study], Mapping[str, pd.DataFrame]]
) -> dict[str, Relation]:
    """What is made of each piece of a study, one below the other, as tables of an engine.

    Parameters
    ----------
    tables
        The tables of answers that `make` reads beside the respondents.
    make
        Takes a study of some communities, all in memory, and gives frames, in the same columns for every piece.

    Raises
    ------
    StudyError
        `respondents_unknown`.
    RunError
        `spill_full`, `engine_memory`, `engine_stopped`.
    """
    for table in tables:
        require_respondents(study, table)
    engine = study.settings.engine
    assert engine
    spill = spill_folder(engine, study.folder)
    connection, made = connect(engine, spill), set()
    with limits_told(engine, spill):
        for piece in pieces(study, tables):
            for name, frame in make(piece).items():
                connection.register("piece", pa.Table.from_pandas(frame, preserve_index=False))
                connection.execute(
                    f"insert into {name} by name from piece" if name in made else f"create table {name} as from piece"
                )
                made.add(name)
        lying = handed_on(engine, connection, spill, made)
    return {name: Relation.of(table) for name, table in lying.items()}


def pieces(study: Study, tables: Sequence[str]) -> Iterator[Study]:
    """The respondents of a study and their answers, some communities at a time."""
    lying = {name: study.register(name) for name in (TABLE, *tables)}
    sizes = study.rows(TABLE, [COMMUNITY]).sort_values(COMMUNITY)
    for _, run in sizes.groupby((sizes[FREQUENCY].cumsum() - 1) // PIECE)[COMMUNITY]:
        part = on_engine.between(lying, run.iloc[0], run.iloc[-1])
        yield replace(study, reading=study.reading._replace(tables=part))


def answers_of(study: Study, table: str, how: str = "semi") -> Relation:
    """The rows of a table of answers of those among the respondents; with `anti` those of nobody among them."""
    told, people = (Relation.of(study.register(name)) for name in (table, TABLE))
    return Relation(told.rows.join(people.rows.select(*RESPONDENT), on=RESPONDENT, how=how), told.types)  # type: ignore[arg-type]


def beside_respondents(study: Study, table: str) -> Relation:
    """The rows of a table of answers with the columns of those who gave them."""
    told, people = (Relation.of(study.register(name)) for name in (table, TABLE))
    further = [*RESPONDENT, *(column for column in people.columns if column not in told)]
    rows = told.rows.join(people.rows.select(*further), on=RESPONDENT, how="inner")
    return Relation(rows, dict(rows.collect_schema()))


def require_respondents(study: Study, table: str) -> None:
    """Refuse answers of nobody among the respondents, unless respondents were set aside.

    Raises
    ------
    StudyError
        `respondents_unknown`.
    """
    if study.settings.tables[TABLE].set_aside:
        return
    waves = answers_of(study, table, "anti").classes(["wave"], {FREQUENCY: []})
    if len(waves):
        total = study.rows(table, ["wave"])[FREQUENCY].sum()
        facts = {"count": int(waves[FREQUENCY].sum()), "total": int(total), "waves": listing(waves["wave"], 5)}
        raise StudyError("respondents_unknown", study.name, table=table, **facts)


def of_design(
    relation: Relation, design: SurveyDesign, columns: Sequence[str], by: Sequence[str]
) -> tuple[pd.DataFrame, SurveyDesign]:
    """The classes of what was laid out, for measures that read some columns, and the design for them."""
    classes, of_classes = held(relation.rows, design, _known(relation, columns), by)
    return one_reading(on_engine.typed(classes, relation)), of_classes


def of_communities(
    relation: Relation, design: SurveyDesign, columns: Sequence[str], by: Sequence[str] = ()
) -> pd.DataFrame:
    """The classes of what was laid out, for estimates of single communities (`respondents.within_communities`)."""
    single = SurveyDesign(weights=design.weights, strata=COMMUNITY)
    frame, _ = held(relation.rows, single, _known(relation, [*columns, *stages_of(design)]), by)
    return on_engine.typed(frame, relation)


def _known(relation: Relation, columns: Sequence[str]) -> list[str]:
    return [column for column in dict.fromkeys(columns) if column in relation]


def number(frame: pd.DataFrame, hit: pd.Series | NDArray[np.bool_]) -> float:
    """Of how many rows something is true, where a row may be a class of them."""
    return float((frame[FREQUENCY] * hit).sum() if FREQUENCY in frame else hit.sum())


def in_classes(design: SurveyDesign, waves: int) -> SurveyDesign:
    """A design without the person as its last stage, where that adds nothing to a variance: rows then fall into classes.

    It adds nothing below clusters that are drawn with replacement, nor where a person has one row, that of the only wave.
    """
    stages = stages_of(design)
    if stages[-1:] != RESPONDENT[:1] or design.fpc or (len(stages) == 1 and waves > 1):
        return design
    return replace(design, clusters=stages[:-1] or None)
