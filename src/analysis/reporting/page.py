"""What a notebook writes on: text, figures and tables of one study in one language, all through the same door.

Every measure table passes disclosure control before it is drawn, tabulated or saved; every figure and table says how many
persons it rests on, where the data come from, and whether they are synthetic. With an output folder the page also saves them.
"""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis.citing import marks
from analysis.errors import StudyError, listing
from analysis.measure import dimensions
from analysis.monitoring import Plan
from analysis.monitoring.city_models import CityModels
from analysis.reading import PLACES
from analysis.reporting import (
    blocks,
    cleaning,
    disclosure,
    figures,
    monitoring,
    sentences,
    tables,
    verdicts,
)
from analysis.reporting.disclosure.releases import leave, recorded
from analysis.reporting.figures import fonts, svg, tooltips
from analysis.reporting.sheets import Sheet, sheets
from analysis.reporting.wording import MISSING, Wording
from analysis.study import Study
from analysis.workload.matching import Matches

Draw = Callable[..., Figure]
MOST_PAIRS = 20
"""Pairs of items that a page shows; the saved table has all."""
LEVELS_OF_A_WHOLE = (
    "age_band",
    "education",
    "isced",
    "party_affiliation",
    "skill",
    "certificate",
    "age_from",
    "terms_served",
    "tenure_years",
    "ledger_form",
    "indicator",
    "scheme",
    "normalisation",
    "aggregation",
    "varied",
    "evaluation",
    "compared",
    "outcome",
    "limit",
)
"""Dimensions over which the same persons are counted again."""
TIMES = ("stage", "year")
"""Dimensions of time beside the term."""
DIVIDES = ("community_id", *PLACES, "items_answered")
"""Dimensions of which each person has one value."""


@dataclass(frozen=True)
class Page:
    """One study in one language.

    Attributes
    ----------
    output
        The folder for figures and tables; None shows them only.
    """

    study: Study
    words: Wording
    output: Path | None

    def text(self, key: str, **facts: object) -> None:
        """Show a text of the catalogue (Markdown)."""
        text = self.words.text(key, **facts)
        self._show(blocks.Text(text), {"text/markdown": text, "text/plain": text})

    def figure(self, name: str, draw: Draw, table: pd.DataFrame, **options: Any) -> None:
        """Draw a measure table, show it, and save it as `figures/<name>.<language>.svg`.

        Parameters
        ----------
        name
            The figure's title is the word `figure_<name>`.
        draw
            A function of `figures`.
        options
            What else it takes.
        """
        shown = self.released(table)
        if not shown["estimate"].notna().any():
            self._nothing(f"figure_{name}", shown)
            return
        hidden = [self.words.text("figure_hidden")] if (shown["reason"] == "hidden").any() else []
        footer = [*self.words.sampling(shown), *hidden, *self._footer(shown)]
        self._draw(name, lambda: draw(shown, self.words, **options), footer, alternative(shown, self.words))

    def table(self, name: str, table: pd.DataFrame, rows: str = "measure", columns: str = "term") -> None:
        """Show a measure table as a three-line table, and save it whole as `tables/<name>.<language>.csv`.

        Parameters
        ----------
        rows, columns
            Dimensions; without `columns` there is one column of estimates.
        """
        shown = self.released(table)
        if not len(shown):
            self._nothing(f"table_{name}", shown)
            return
        grid = tables.wide(shown, rows, columns, self.words)
        notes = [*self.words.notes(shown), *self._footer(shown)]
        self._present(name, grid.cells, notes, tables.labelled(shown, self.words), ids=grid.ids, counts=grid.counts)

    def verdicts(self, name: str, checked: pd.DataFrame) -> None:
        """Show the verdicts of `claims.check` as a three-line table, and save them with their sentences as CSV."""
        synthetic = self.study.is_synthetic
        frame = verdicts.checked_words(verdicts.released(checked, self.study), self.words, synthetic)
        shown = frame[verdicts.shown_columns(self.words, synthetic)]
        self._present(name, shown.set_index(shown.columns[0]), self._origin(), frame)

    def findings(self, name: str, examined: pd.DataFrame) -> None:
        """Show the findings of `claims.examine` as a three-line table, and save them as CSV; they rest on no data."""
        if not len(examined):
            self._nothing(f"table_{name}", examined)
            return
        frame = verdicts.examined_words(examined, self.words)
        self._present(name, frame.set_index(frame.columns[0]), [], frame, is_data=False)

    def published(self, name: str, checked: pd.DataFrame) -> None:
        """Draw published against computed percentages, where both are known; nothing where no claim has both."""
        shown = verdicts.released(checked, self.study)
        value = "synthetic_value" if self.study.is_synthetic else "computed"
        shown = shown[(shown["unit"] == "percent") & shown[value].notna()]
        if len(shown):
            said = verdicts.checked_words(shown, self.words, self.study.is_synthetic)
            values = "; ".join(said.iloc[:, [0, 3, 4]].agg(" ".join, axis=1))
            bases = dict.fromkeys(self.words.count(n) for n in (shown["n"].min(), shown["n"].max()))
            footer = [self.words.text("note_persons", count="–".join(bases)), *self._origin()]
            self._draw(name, lambda: figures.published(shown, self.words, value), footer, values)

    def corrections(self, name: str) -> None:
        """Show what the study corrected in its source as a three-line table, and save it as CSV; no personal value is told."""
        frame = cleaning.corrections(self.study.corrections, self.words)
        self._present(name, frame.set_index(frame.columns[0]), self._origin(), frame)

    def matches(self, name: str, found: Matches) -> None:
        """Show the first pairs of two lists of items, and save all of them as CSV with a column for a person's decision."""
        frame = tables.matched_words(found, self.words)
        shown = frame.head(MOST_PAIRS)
        self._present(name, shown.set_index(shown.columns[0]), self._origin(), frame)

    def sheets(self, kind: str, table: pd.DataFrame) -> list[Sheet]:
        """One of the tables that papers need (`analysis.paper_tables`) as text, after disclosure control, with all notes."""
        shown = self.released(table)
        wave = [self.words.text("sheet_wave", wave=self.words.label("wave", w)) for w in shown["window"].unique() if w]
        made = sheets(kind, shown, self.words)
        return [sheet._replace(notes=[*sheet.notes, *wave, *self._footer(shown)]) for sheet in made]

    def labelled(self, table: pd.DataFrame) -> pd.DataFrame:
        """A measure table in words, after disclosure control, for a spreadsheet."""
        return self._marked(tables.labelled(self.released(table), self.words))

    def _marked(self, saved: pd.DataFrame) -> pd.DataFrame:
        """A table of which every row says that the data are synthetic, where they are."""
        marks = [self.words.text("synthetic")] if self.study.is_synthetic else []
        marks += self._unfit()
        return saved.assign(**{self.words.text("column_data"): " · ".join(marks)}) if marks else saved

    def paper(self, name: str, kind: str, table: pd.DataFrame) -> None:
        """Show a table of `analysis.paper_tables` as three-line tables, and save it whole as `tables/<name>.<language>.csv`."""
        self._save_table(name, self.labelled(table))
        for sheet in self.sheets(kind, table):
            self._show_table(name, sheet.grid, sheet.title, sheet.notes, sheet.ids, sheet.counts)

    def value(self, table: pd.DataFrame, **where: object) -> str:
        """One estimate in words, for a sentence: the row of a measure table where columns have these values."""
        rows = self.released(table)
        for column, value in where.items():
            rows = rows[rows[column] == value]
        if not len(rows):
            return MISSING
        if rows.iloc[0]["reason"] == "hidden":
            return self.words.text("hidden")
        value, is_marked = self.words.cell(rows.iloc[0]), bool(self.words.sampling(rows.iloc[:1]))
        return self.words.text("value_non_probability", value=value) if is_marked else value

    def sentence(self, table: pd.DataFrame, **where: object) -> str:
        """What one row of a measure table says, as a sentence: the row where columns have these values.

        Raises
        ------
        StudyError
            `sentence_of_many`, where several rows have them.
        """
        shown = rows = self.released(table)
        for column, value in where.items():
            rows = rows[rows[column] == value]
        if len(rows) > 1:
            several = [column for column in ("measure", *dimensions(rows)) if rows[column].nunique() > 1]
            raise StudyError("sentence_of_many", count=len(rows), where=where or "–", columns=listing(several))
        return sentences.sentence(rows.iloc[0], self.words, shown, self.study.is_synthetic) if len(rows) else MISSING

    def sentences(self, table: pd.DataFrame) -> None:
        """Show what each row of a measure table says, as a list of sentences; that data are synthetic stands below."""
        shown = self.released(table)
        said = [f"- {sentences.sentence(row, self.words, shown)}" for _, row in shown.iterrows()]
        text = "\n".join([*said, *(f"\n{note}" for note in self._marks())])
        self._show(blocks.Text(text), {"text/markdown": text, "text/plain": text})

    def monitoring(self, table: pd.DataFrame, plan: Plan, source: str) -> None:
        """Show what is watched on the paths of one source as a three-line table, and save it as CSV.

        Its title is the word `table_monitoring_<source>`.
        """
        shown = self.released(table)
        frame = monitoring.monitored_words(shown, plan, source, self.words)
        own = shown[shown["path"].isin([path.id for path in plan.of(source)])].assign(excluded="")
        notes = [self.words.text("note_plan", source=plan.sources[source][self.words.language])]  # type: ignore[index]
        notes += [self.words.text("note_review")] if own["reliability"].isin(["footnote", "review"]).any() else []
        notes += [*self.words.notes(own), *self._origin()]
        once = frame.iloc[:, 0].mask(frame.iloc[:, 0].duplicated(), "")
        grid = frame.iloc[:, 1:].set_axis(once.rename(frame.columns[0]))
        self._present(f"monitoring_{source}", grid, notes, frame)

    def city_models(self, models: CityModels) -> None:
        """Show the models that a paper names as a three-line table, and save them as CSV; they rest on no data."""
        frame = monitoring.models_words(models, self.words)
        note = self.words.text("note_city_models", source=models.source[self.words.language])  # type: ignore[index]
        self._present("city_models", frame.set_index(frame.columns[0]), [note], frame, is_data=False)

    def count(self, number: float, table: str) -> str:
        """A number of rows of a table in words, for a sentence; a small one of a protected table is not told."""
        protected = disclosure.is_protected(self.study, table)
        return f"<{disclosure.LEAST}" if protected and 0 < number < disclosure.LEAST else self.words.count(number)

    def _nothing(self, title: str, table: pd.DataFrame) -> None:
        """Say that there is nothing to show, and why: an empty panel would leave the reader to guess."""
        notes = " ".join(self.words.notes(table)) if len(table) else ""
        self.text("nothing_to_show", title=self.words.text(title), notes=notes)

    def _draw(self, name: str, draw: Callable[[], Figure], footer: Sequence[str], values: str) -> None:
        title = self.words.text(f"figure_{name}")
        with figures.house_style():
            figure = draw()
            figure.suptitle(title, x=0.01, ha="left", fontsize=11, gid=svg.TITLE)
            notes = "\n".join(footer)
            figure.supxlabel(
                notes, x=0.01, ha="left", fontsize=7.5, color=figures.MUTED, linespacing=1.5, gid=svg.NOTES
            )
            drawn = svg.drawn(figure, name, title, values)
            shown = {"image/svg+xml": drawn, "text/plain": f"{title}. {values}"}
            if self.output is None:
                shown["image/png"] = _png(figure)
        self._save(f"figures/{name}.{self.words.language}.svg", drawn.encode())
        self._show(blocks.Figure(name, title, [*footer], values, drawn), shown)

    def _present(
        self,
        name: str,
        grid: pd.DataFrame,
        notes: Sequence[str],
        saved: pd.DataFrame,
        is_data: bool = True,
        ids: Sequence[Sequence[str]] = (),
        counts: Sequence[Sequence[str]] = (),
    ) -> None:
        caption = self.words.text(f"table_{name}")
        self._save_table(name, self._marked(saved) if is_data else saved)
        self._show_table(name, grid, caption, notes, ids, counts)

    def _show_table(
        self,
        name: str,
        grid: pd.DataFrame,
        title: str,
        notes: Sequence[str],
        ids: Sequence[Sequence[str]] = (),
        counts: Sequence[Sequence[str]] = (),
    ) -> None:
        table = tables.as_block(name, title, grid, notes, ids, counts)
        self._show(table, {"text/html": tables.three_line(table), "text/plain": tables.plain(table)})

    def _show(self, block: blocks.Block, bundle: dict[str, str]) -> None:
        """Show what a notebook can, with the block beside it where a report is made of the notebook."""
        display(bundle if self.output is None else bundle | blocks.carried(block), raw=True)

    @cached_property
    def _door(self) -> disclosure.Door:
        return disclosure.Door(self.study)

    def released(self, table: pd.DataFrame) -> pd.DataFrame:
        """A measure table after disclosure control, for sentences that take more than one value from it."""
        shown, rule = self._door.judged(table)
        is_judged = rule.notna()
        if (
            self.output and is_judged.any() and self.study.reading.tables
        ):  # what a batch hands over passed the door before
            leave(self.output, recorded(shown[is_judged], rule[is_judged], self.study.community))
        return shown

    def _footer(self, table: pd.DataFrame) -> list[str]:
        """Persons (or items, or communities), source and, where it is so, that the data are synthetic."""
        count, lacking = persons(table, self.words), undrawable(table)
        notes = [self.words.text(f"note_{self.words.counted(table)}", count=count)] if count else []
        notes += [self.words.text("note_undrawable", count=lacking)] if lacking else []
        return [*notes, *self._origin()]

    def _origin(self) -> list[str]:
        language = self.words.language
        origin = self.study.origin
        source = self.words.text("note_source", title=origin.title[language], owner=origin.owner[language])  # type: ignore[index]
        return [source, *self._marks()]

    def _marks(self) -> list[str]:
        synthetic = [self.words.text("note_synthetic")] if self.study.is_synthetic else []
        return [*synthetic, *self._unfit()]

    def _unfit(self) -> list[str]:
        """What is said of data that are not for release."""
        off = [self.words.text("not_for_release")] if disclosure.is_off(self.study) else []
        return [*off, *([self.words.text("not_beside_others")] if disclosure.is_alone(self.study) else [])]

    def _save_table(self, name: str, saved: pd.DataFrame) -> None:
        """Save a table, of which a row that has an id has the mark by which a manuscript cites it too."""
        if (heading := self.words.text("column_id")) in saved:
            study = self.study
            codes = (marks.code_of(study.name, study.community, name, row) for row in saved[heading])
            saved = saved.assign(
                **{self.words.text("column_mark"): [marks.printed(study.name, code) for code in codes]}
            )
        self._save(f"tables/{name}.{self.words.language}.csv", tables.as_csv(saved))

    def _save(self, path: str, content: bytes) -> None:
        if self.output is None:
            return
        target = self.output / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def open_page(study: Study, language: str, output: str | Path = "") -> Page:
    """A page for a study in one of its languages; with an output folder it saves what it shows.

    Raises
    ------
    StudyError
        `language_unknown`.
    """
    study.settings.require_languages([language], study.name)
    return Page(study, Wording(study.catalogue, language), Path(output) if output else None)


def persons(table: pd.DataFrame, words: Wording) -> str:
    """How many persons (or items, or communities) the estimates of a table rest on: for each term where there are several."""
    rows = table.dropna(subset="n")
    if words.counted(rows) == "rows":
        return words.count(rows.groupby("table")["n"].max().sum()) if len(rows) else ""
    rows = rows[rows["table"].map(words.counted_in) == words.counted(rows)]
    if not len(rows):
        return ""
    rows = rows[rows["measure"] == rows["measure"].iloc[0]]
    if "scope" in rows and rows["scope"].notna().any():
        sizes = rows[rows["scope"].isin(["community", "city"])].groupby("scope")["n"].max()
        return ", ".join(
            f"{words.count(sizes[scope])} ({words.label('scope', scope)})"
            for scope in words.ordered("scope", sizes.index)
        )
    levels = (*LEVELS_OF_A_WHOLE, words.catalogue.measure(rows["measure"].iloc[0]).get("whole"))
    groups = [column for column in dimensions(rows) if column not in levels and rows[column].notna().any()]
    if groups and "term" not in groups and words.counted(rows) != "persons":
        once = rows.groupby(groups)["n"].max()
        times = [column for column in TIMES if column in groups]
        return words.count(once.groupby(times).sum().max() if times else once.sum())
    if "group" in groups:  # groups overlap: their sizes
        sizes = rows.loc[rows["n"] > 0, "n"]
        sizes = dict.fromkeys(words.count(n) for n in (sizes.min(), sizes.max()))
        return "–".join(sizes)
    if "term" not in groups:
        places = [column for column in DIVIDES if column in groups]
        return words.count(rows.groupby(places)["n"].max().sum() if places else rows["n"].max())
    once = rows.groupby(groups)["n"].max().groupby("term").sum()
    return ", ".join(
        f"{words.count(once[term])} ({words.label('term', term)})" for term in words.ordered("term", once.index)
    )


def undrawable(table: pd.DataFrame) -> int:
    """How many characters of the data's own names in a table no installed font can draw; each is shown as 〓."""
    names = {value for column in dimensions(table) for value in set(table[column]) if not pd.isna(value)}
    return sum(fonts.drawable(name)[1] for name in {str(name) for name in names})


def alternative(table: pd.DataFrame, words: Wording, most: int = 24) -> str:
    """A figure's values in words, for those who can't see it."""
    values = [f"{tooltips.subject(row, words)} {tooltips.value(row, words)}" for _, row in table.head(most).iterrows()]
    rest = len(table) - most
    return "; ".join(values) + (f" … (+{rest})" if rest > 0 else "")


def _png(figure: Figure) -> str:
    """The figure as PNG in base64: JupyterLab shows no SVG of a notebook that its reader has not run or trusted yet.

    It takes a fifth of a page's time, so only a page that is not saved has it: beside a saved one stand its figures.
    """
    out = io.BytesIO()
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(110)
    canvas.print_png(out, metadata={"Software": None})
    return base64.b64encode(out.getvalue()).decode()
