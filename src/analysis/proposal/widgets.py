"""A proposal in a notebook: the table of guesses, and a form for those who use no terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.catalogue import entries
from analysis.errors import StudyError
from analysis.proposal import Looked, asking, drafted, looked_at, writing
from analysis.proposal.draft import Draft
from analysis.proposal.place import Place
from analysis.proposal.questions import NOTHING, Question, in_words, sentence

if TYPE_CHECKING:
    from ipywidgets import VBox, Widget


def guesses(draft: Draft, language: str) -> pd.DataFrame:
    """What every column of the files is taken for: one row a column, with what it is read as, how sure that is, and why."""
    rows = []
    for source in (sources for table in draft.tables.values() for sources in table):
        uses = {cell.column: (target, cell.use) for target, cell in source.cells() if cell.use}
        table = next(name for name, sources in draft.tables.items() if source in sources)
        for name, (target, use) in uses.items():
            rows.append((source.place, name, table, target, use.confidence, use.reason))
        for column, _ in source.left_out:
            rows.append((source.place, column.name, "", "", column.guess.confidence, column.guess.reason))
    kinds = {(place, column.name): column.kind for place, columns in draft.profiles.items() for column in columns}
    said = entries("proposal")["kind"][language]
    head = {
        part: sentence(f"head_{part}", language)
        for part in ("file", "column", "kind", "target", "confidence", "reason")
    }
    return pd.DataFrame(
        [
            {
                head["file"]: place,
                head["column"]: name,
                head["kind"]: said[kinds[place, name]] if (place, name) in kinds else "",
                head["target"]: f"{table}.{target}" if target else sentence("head_left_out", language),
                head["confidence"]: f"{confidence:.2f}",
                head["reason"]: sentence(reason.key, language, **reason.facts),
            }
            for place, name, table, target, confidence, reason in rows
        ],
        columns=list(head.values()),
    )


class Form:
    """Files to choose, questions to answer, and a button that writes the study.

    Parameters
    ----------
    folder
        Where files are offered from, those of its folders too.
    language
        Of the questions and of the comments in study.yml.
    """

    def __init__(self, folder: Path, language: str) -> None:
        import ipywidgets

        self.language = language
        self.answers: dict[str, str] = {}
        self.looked: Sequence[Looked] = ()
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "README.md")
        options = [(str(path.relative_to(folder)), path) for path in files]
        self.files = ipywidgets.SelectMultiple(
            options=options, rows=min(len(options) + 1, 12), description=self._word("file")
        )
        self.name = ipywidgets.Text(description=self._word("name"))
        self.look = ipywidgets.Button(description=self._word("look"))
        self.write = ipywidgets.Button(description=self._word("write"), disabled=True)
        self.questions = ipywidgets.VBox()
        self.told = ipywidgets.HTML()
        self.look.on_click(self._look)
        self.write.on_click(self._write)

    def shown(self) -> "VBox":
        """The form as it is displayed."""
        import ipywidgets

        return ipywidgets.VBox([self.files, self.name, self.look, self.questions, self.told, self.write])

    def draft(self) -> Draft:
        """The study as it stands with the answers given so far."""
        return drafted(self.looked, self._place().name, self.answers)

    def _word(self, key: str) -> str:
        return sentence(f"form_{key}", self.language)

    def _place(self) -> Place:
        return Place.of(self.files.value, self.name.value or None)

    def _look(self, _: object) -> None:
        self.answers = {}
        if self.files.value and self._said(self._read):
            self._ask()

    def _read(self) -> str:
        self.looked = looked_at(self.files.value)
        return asking.told(self.draft(), self.language)

    def _ask(self) -> None:
        """Put a field for each question; an answered one stays, so that it can be changed."""
        draft = self.draft()
        fields = [self._field(question) for question in draft.questions]
        self.questions.children = [
            *(field for field in self.questions.children if field.tooltip in self.answers),
            *fields,
        ]
        self.write.disabled = False
        self._said(lambda: asking.told(draft, self.language))

    def _field(self, question: Question) -> "Widget":
        import ipywidgets

        label = question.words(self.language)
        wide = {
            "description": label,
            "tooltip": question.id,
            "style": {"description_width": "60%"},
            "layout": {"width": "100%"},
        }
        if question.choices:
            names = {NOTHING: sentence("told_leave_out", self.language)}
            options = [
                ("?", ""),
                *((names.get(choice) or in_words(choice, self.language), choice) for choice in question.choices),
            ]
            field: Any = ipywidgets.Dropdown(options=options, value="", **wide)
        else:
            field = ipywidgets.Text(placeholder=question.proposed, continuous_update=False, **wide)
        field.observe(lambda change: self._answer(question.id, change["new"]), names="value")
        return field

    def _answer(self, name: str, answer: str) -> None:
        if answer:
            self.answers[name] = answer
        else:
            self.answers.pop(name, None)
        self._ask()

    def _write(self, _: object) -> None:
        self._said(self._written)

    def _written(self) -> str:
        place = self._place()
        writing.write(self.draft(), place, self.language)
        return sentence("form_written", self.language, folder=place.folder, study=place.called)

    def _said(self, act: Any) -> bool:
        """Do something and show what it says, or the error that it ends with."""
        from html import escape

        try:
            text, is_done = act(), True
        except StudyError as error:
            text, is_done = error.text(self.language), False
        self.told.value = f"<pre>{escape(text)}</pre>"
        return is_done
