"""A batch from its order to its reports: which are out of date, and their making in parallel.

Communities are taken one after the other and forgotten when they are done, so that memory does not grow with their number.
What is needed only where something is out of date is imported there: to find nothing to do takes little.
"""

import hashlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from analysis import folders, fork_server
from analysis.batch import files, store
from analysis.batch.order import Order
from analysis.batch.store import Entry, Store
from analysis.catalogue import command_text
from analysis.errors import STOPPED, MachineError, RunError, StudyError, reader_language

if TYPE_CHECKING:
    from analysis.batch.pages import Maker, Task
    from analysis.study import Study

LOGS = "logs"

Reasons = Mapping[str, Sequence[str]]
"""Language → why its page is out of date: parts of the fingerprint, `new`, or `files` that are not as they were written."""


Making = dict[Future[float | None], tuple["Task", Reasons]]
"""What is being made or waits for its turn."""


@dataclass(frozen=True)
class Outcome:
    """What became of one community's page.

    Attributes
    ----------
    status
        `written`, `unchanged`, `failed`, or `stale` where nothing was to be written.
    reasons
        Why it was out of date, for each language that was.
    seconds
        How long its writing took.
    """

    community: str
    status: str
    reasons: Reasons
    seconds: float = 0.0
    error: StudyError | None = None


class Batch:
    """An order that is being carried out; made by `opened`.

    Attributes
    ----------
    communities
        Those asked for.
    gone
        Communities that have reports and are no longer in the study; their reports stay.
    older
        After a run, communities whose pages show other numbers than they would now: not asked for, failed, or not reached.
    set_aside
        Where an unreadable store was moved; none for most runs.
    """

    def __init__(self, order: Order, known: Store, study: "Study | None") -> None:
        self.order = order
        self.set_aside = known.set_aside
        self._store = known
        self._study = study
        self._source = order.source()
        chosen, everybody = (known.chosen(self._source, choice) for choice in (order.choice, ""))
        if chosen is None or everybody is None:
            opened = self._opened()
            chosen, everybody = order.chosen(opened), opened.communities()
            known.choose(self._source, "", everybody)
            known.choose(self._source, order.choice, chosen)
        self.communities = chosen
        self._everybody = everybody
        self._behind: set[str] = set()
        self.gone = sorted({*known.communities()} - {*everybody})

    def plan(self) -> Iterator[Outcome]:
        """Which pages are out of date and why; nothing is made."""
        for community, _, reasons in self._compared():
            yield Outcome(community, "stale" if reasons else "unchanged", reasons)

    def run(self, jobs: int, maker: "Maker | None" = None) -> Iterator[Outcome]:
        """Make the pages that are out of date.

        Parameters
        ----------
        jobs
            How many are made at once.
        maker
            Who makes them; kernels of this process where none is given.

        Yields
        ------
        Outcome
            Of each community, as it comes.

        Raises
        ------
        RunError
            `disk_full`, and the errors of `analysis.batch.cluster`, once the pages that were being made have ended.
        KeyboardInterrupt
            The user stopped it, and the pages that were being made are finished.
        """
        making: Making = {}
        begun = threading.Event()
        end: RunError | None = None
        with _stoppable(begun) as stopped, ThreadPoolExecutor(jobs) as pool:

            def ended(more_than: int) -> Iterator[Outcome]:
                nonlocal end
                for outcome in self._ended(making, more_than):
                    end = end or self._end(outcome)
                    if end:
                        stopped.set()
                    yield outcome

            for community, task, reasons in self._compared(self._others(), has_forks=maker is None):
                if task:
                    begun.set()
                    making[pool.submit(_timed, task, stopped, maker)] = task, reasons
                else:
                    yield Outcome(community, "unchanged", reasons)
                yield from ended(more_than=jobs)
                if stopped.is_set():
                    break
            yield from ended(more_than=0)
        if end:
            raise end
        self._start_pages()
        if stopped.is_set():
            raise KeyboardInterrupt

    @property
    def older(self) -> list[str]:
        """Communities whose pages, after a run, show other numbers than they would now."""
        return sorted(self._behind & {*self._store.communities()})

    def _others(self) -> list[str]:
        """Communities that are not asked for and whose pages were made when something of all that is read was another."""
        known = {*self._store.communities()} - {*self.communities}
        return [
            one
            for one in self._everybody
            if one in known and any(entry.source != self._source for entry in self._store.entries(one).values())
        ]

    def _opened(self) -> "Study":
        """The study, read and validated when it is needed first."""
        self._study = self._study or _read(self.order)
        return self._study

    def _compared(
        self, others: Sequence[str] = (), has_forks: bool = False
    ) -> Iterator[tuple[str, "Task | None", Reasons]]:
        """Each community with what is to be made of it, and why; those that nothing could have changed come first.

        Parameters
        ----------
        others
            Communities of which it is only found whether their pages show what they would now.
        has_forks
            Whether pages are made in forks of this process's server: it loads while the measures are computed.
        """
        doubtful = []
        for community in self.communities:
            if self._stands(community):
                yield community, None, {}
            else:
                doubtful.append(community)
        if not doubtful and not others:
            return
        if has_forks and doubtful:
            fork_server.begin()
        from analysis.batch import fingerprint, pages
        from analysis.communities.profile import profiles

        order, study = self.order, self._opened()
        shared = {language: fingerprint.shared(study, order, language) for language in order.languages}
        self._behind.update(doubtful)
        for profile in profiles(study, [*others, *doubtful], order.wave, order.out):
            own = fingerprint.own(profile)
            if profile.community in others:
                if not self._shows(profile.community, own):
                    self._behind.add(profile.community)
                continue
            parts = {language: {**own, **of_run} for language, of_run in shared.items()}
            reasons = self._reasons(profile.community, parts)
            if reasons:
                place = order.place(profile.community)
                task = pages.Task(profile, order.notebook, place, parts, [*reasons], order.formats)
                yield profile.community, task, reasons
            else:
                states = {language: self._state(profile.community, language) for language in order.languages}
                self._store.confirm(profile.community, self._source, states)
                self._behind.discard(profile.community)
                yield profile.community, None, {}

    def _stands(self, community: str) -> bool:
        """Whether all that was read is as it was when a community's pages were last up to date, and so are their files."""
        entries = self._store.entries(community)
        return {*entries} == {*self.order.languages} and all(
            entry.source == self._source and self._is_whole(community, language, entry)
            for language, entry in entries.items()
        )

    def _shows(self, community: str, own: Mapping[str, str]) -> bool:
        """Whether a community's pages, in whichever languages and formats, were made of these numbers."""
        entries = self._store.entries(community).values()
        return all(entry.parts.get(part) == print_ for entry in entries for part, print_ in own.items())

    def _reasons(self, community: str, parts: Mapping[str, Mapping[str, str]]) -> Reasons:
        entries = self._store.entries(community)
        found = {}
        for language, now in parts.items():
            if language not in entries:
                found[language] = ["new"]
            elif changed := [part for part, print_ in now.items() if entries[language].parts.get(part) != print_]:
                found[language] = changed
            elif not self._is_whole(community, language, entries[language]):
                found[language] = ["files"]
        return found

    def _is_whole(self, community: str, language: str, entry: Entry) -> bool:
        """Whether the files of a page are as they were written."""
        if self._state(community, language) == entry.state:
            return True
        return files.content(self.order.place(community), language, self.order.languages) == entry.content

    def _state(self, community: str, language: str) -> str:
        return files.state(self.order.place(community), language, self.order.languages)

    def _ended(self, making: Making, more_than: int) -> Iterator[Outcome]:
        """What becomes of pages, as they end, until no more than so many are being made."""
        while len(making) > more_than:
            for one in wait(making, return_when=FIRST_COMPLETED).done:
                task, reasons = making.pop(one)
                if outcome := self._outcome(one, task, reasons):
                    self._log(outcome)
                    yield outcome

    def _outcome(self, ended: Future[float | None], task: "Task", reasons: Reasons) -> Outcome | None:
        community = task.profile.community
        try:
            seconds = ended.result()
        except StudyError as error:
            return Outcome(community, "failed", reasons, error=error)
        except Exception as problem:
            facts = {"error": f"{type(problem).__name__}: {problem}", "traceback": traceback.format_exc()}
            return Outcome(community, "failed", reasons, error=RunError("page_failed", task.notebook.name, **facts))
        if seconds is None:
            return None
        from analysis.batch import start

        languages = self.order.languages
        self._store.enter(
            community,
            {
                language: Entry(
                    task.parts[language],
                    self._source,
                    files.content(task.folder, language, languages),
                    self._state(community, language),
                )
                for language in languages
            },
            start.cards(task.profile, languages),
        )
        self._behind.discard(community)
        return Outcome(community, "written", reasons, seconds)

    def _start_pages(self) -> None:
        """Write the start page of each language, where what it is made of has changed, or it is not there."""
        known = {*self.communities, *self._store.communities()}
        listed = [one for one in self._everybody if one in known]
        for language in self.order.languages:
            page = self.order.out / f"index.{language}.html"
            cards = {one: card for one, card in self._store.cards(language).items() if one not in self._behind}
            without = [one for one in listed if one not in cards]
            facts = [self._source, listed, without, cards]
            made_of = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]
            if self._store.start(language) != made_of or not page.is_file():
                from analysis.batch import start

                start.write(self._opened(), self.order, language, listed, without, cards)
                self._store.started(language, made_of)

    def _end(self, outcome: Outcome) -> RunError | None:
        """The error of a page after which no other can be made."""
        if outcome.error and folders.is_full(outcome.error):
            return RunError("disk_full", self.order.out, problem=os.strerror(folders.FULL[0]))
        return outcome.error if isinstance(outcome.error, MachineError) else None

    def _log(self, outcome: Outcome) -> None:
        """Write what happened to a page, in place of what its log said before."""
        lines = [
            f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {outcome.status} {outcome.community!r} {outcome.seconds:.2f} s"
        ]
        lines += [f"{language}: {', '.join(why)}" for language, why in outcome.reasons.items()]
        if outcome.error:
            lines += [outcome.error.text(reader_language()), str(outcome.error.facts.get("traceback", ""))]
        log = log_of(self.order, outcome.community)
        try:
            log.parent.mkdir(exist_ok=True)
            log.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="backslashreplace")
        except OSError as problem:
            raise folders.unwritable(log, problem) from None


def log_of(order: Order, community: str) -> Path:
    """Where the log of a community's page is."""
    return order.out / LOGS / f"{folders.safe_name(community)}.log"


@contextmanager
def opened(order: Order) -> Iterator[Batch]:
    """Begin a batch, which has its folder for itself until the end of the block.

    Raises
    ------
    StudyError
        What is wrong in the order, before anything is written; what is wrong in the study; and `folder_of_another`.
    RunError
        `batch_running`, `disk_full`, `not_writable`.
    """
    study = None if (order.out / store.NAME).is_file() else _read(order)
    with store.opened(order.out) as known:
        folders.settle(order.out)
        for community in known.communities()[:1]:  # all are of one study
            folders.require_subject(order.place(community), order.folder.name, community)
        yield Batch(order, known, study)


def _read(order: Order) -> "Study":
    from analysis import compute, participation
    from analysis import study as studies
    from analysis.communities.measures import wave_of

    study = studies.open(str(order.folder), str(order.data))
    compute.require_sound(study)
    wave_of(study, participation.TABLE, order.wave)
    order.chosen(study)
    return study


def _timed(task: "Task", stopped: threading.Event, maker: "Maker | None") -> float | None:
    """Make a page and say how long it took; nothing where its turn comes after the batch was stopped."""
    from analysis.batch import pages

    if stopped.is_set():
        return None
    begun = time.perf_counter()
    pages.write(task, maker or pages.make)
    return time.perf_counter() - begun


@contextmanager
def _stoppable(begun: threading.Event) -> Iterator[threading.Event]:
    """What the user's Ctrl-C, or the system's request to end, sets; a second one ends the program at once.

    Until a page is begun there is nothing to finish, and it ends as any program does. Only the main thread is told.
    """
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not begun.is_set():
            raise KeyboardInterrupt
        if stopped.is_set():
            os._exit(STOPPED)
        stopped.set()
        sys.stderr.write("\n" + command_text("batch_stopping", reader_language()) + "\n")

    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
