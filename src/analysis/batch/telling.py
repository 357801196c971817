"""What the command line says of a batch: a bar while it runs, a summary at its end, or JSON for machines."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator

import click
from tqdm import tqdm

from analysis.batch.driver import Batch, Outcome, log_of
from analysis.catalogue import command_text
from analysis.errors import STOPPED, RunError, listing, reader_language

MOST = 20
"""Failures and communities that a summary names."""


class Tally:
    """What became of the communities of a batch, counted as they come.

    Attributes
    ----------
    counts
        Communities by status.
    reports
        Pages written, each language counted.
    failures
        The first ones, each in words.
    reasons
        Why pages were out of date, in words → the communities of which all languages were for this reason.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._begun = time.perf_counter()
        self.counts: Counter[str] = Counter()
        self.reports = 0
        self.failures: list[str] = []
        self.reasons: dict[str, list[str]] = {}

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.counts[outcome.status] += 1
        self.reports += len(outcome.reasons) if outcome.status == "written" else 0
        if outcome.status == "stale":
            self.reasons.setdefault(why(outcome), []).append(outcome.community)
        if outcome.error and len(self.failures) < MOST:
            said = outcome.error.text(reader_language()).splitlines()[0]
            log = log_of(self._batch.order, outcome.community)
            self.failures.append(words("batch_failure", community=shown(outcome.community), error=said, log=log))

    def summary(self) -> dict[str, object]:
        """The counts for machines."""
        seconds = time.perf_counter() - self._begun
        return {
            "communities": len(self._batch.communities),
            **{status: self.counts[status] for status in ("written", "unchanged", "failed", "stale")},
            "reports": self.reports,
            "seconds": round(seconds, 2),
            "seconds_per_report": round(seconds / self.reports, 3) if self.reports else None,
            "gone": self._batch.gone,
            "older": self._batch.older,
            "folder": str(self._batch.order.out),
        }

    def lines(self) -> Iterator[str]:
        """The summary in words: failures, what is out of date, what is gone, and the counts."""
        facts = self.summary()
        yield from self.failures
        if self.counts["failed"] > len(self.failures):
            yield words("batch_more_failures", count=self.counts["failed"] - len(self.failures))
        for reason, communities in self.reasons.items():
            everybody = len(communities) == len(self._batch.communities) > 1
            named = words("batch_all", count=len(communities)) if everybody else named_of(communities)
            yield words("batch_reason", communities=named, why=reason)
        if self._batch.gone:
            yield words("batch_gone", communities=named_of(self._batch.gone), folder=facts["folder"])
        yield from older(self._batch)
        for key in ("written", "unchanged", "stale", "failed"):
            if self.counts[key]:
                yield words(f"batch_{key}", count=self.counts[key])
        if self.reports:
            yield words("batch_time", reports=self.reports, seconds=facts["seconds"], each=facts["seconds_per_report"])
        if not self.counts["stale"]:
            yield words("batch_folder", folder=facts["folder"])


def older(batch: Batch) -> Iterator[str]:
    """That pages of other numbers stand beside the new ones, where some do."""
    if batch.older:
        yield words("batch_older", communities=named_of(batch.older), folder=batch.order.out)


def told(batch: Batch, outcomes: Iterable[Outcome], json_lines: bool) -> int:
    """Say what becomes of a batch, on the terminal.

    Parameters
    ----------
    json_lines
        A line of JSON for each community and one for the summary, in place of a bar and the summary in words.

    Returns
    -------
    int
        The command's status: 0, 1 where a page failed, 130 where it was stopped.

    Raises
    ------
    RunError
        `disk_full`, after the summary.
    """
    tally, stopped, full = Tally(batch), False, None
    if batch.set_aside:
        click.echo(words("batch_set_aside", path=batch.set_aside), err=True)
    try:
        for outcome in outcomes if json_lines else progress(batch, outcomes):
            tally.add(outcome)
            if json_lines:
                click.echo(as_json(outcome))
    except KeyboardInterrupt:
        stopped = True
    except RunError as error:
        full = error
    for line in [json.dumps(tally.summary(), ensure_ascii=False)] if json_lines else tally.lines():
        click.echo(line)
    if full:
        raise full
    if stopped:
        click.echo(words("batch_stopped"), err=True)
        return STOPPED
    return 1 if tally.counts["failed"] else 0


def progress(batch: Batch, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The outcomes as they come, with a bar on a terminal of those that had to be made."""
    with tqdm(
        total=len(batch.communities), disable=None, unit=words("batch_unit"), desc=batch.order.folder.name
    ) as bar:
        for outcome in outcomes:
            if outcome.status == "unchanged":
                bar.total = (bar.total or 1) - 1
                bar.refresh()
            else:
                bar.update()
            yield outcome


def as_json(outcome: Outcome) -> str:
    """One outcome as a line of JSON."""
    error = outcome.error.text(reader_language()) if outcome.error else None
    told = {
        "community": outcome.community,
        "status": outcome.status,
        "reasons": outcome.reasons,
        "seconds": round(outcome.seconds, 3),
        "error": error,
    }
    return json.dumps(told, ensure_ascii=False)


def why(outcome: Outcome) -> str:
    """The reasons in words: once where all languages have the same, else by language."""
    by_language = {
        language: ", ".join(words(f"batch_part_{part}") for part in parts)
        for language, parts in outcome.reasons.items()
    }
    distinct = {*by_language.values()}
    if len(distinct) == 1 and len(by_language) > 1:
        return distinct.pop()
    return "; ".join(f"{language}: {told}" for language, told in by_language.items())


def named_of(communities: Iterable[str]) -> str:
    """The first communities by name, and how many more."""
    return listing(map(shown, communities), MOST)


def shown(community: str) -> str:
    """A community's id on one line of a terminal, whatever it is made of."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in community)


def words(key: str, **facts: object) -> str:
    """A sentence of the command line, in the reader's language."""
    return command_text(key, reader_language()).format(**facts)
