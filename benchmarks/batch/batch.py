"""What a page of a community costs: papermill as it comes, and `study batch`, on provinces of 12, 200 and 1,000 communities.

All in one language. A batch writes HTML beside the executed notebook; papermill writes the notebook only. Two pages are made at
once where `at_once` does not say one. Papermill opens the whole study for every page, so a few pages of it tell, and none of
the largest province.

Run from the repository, with nothing else at work: `.venv/bin/python benchmarks/batch/batch.py`, which writes batch.csv.
"""

import csv
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from time import perf_counter, sleep

import pandas as pd
import papermill
import psutil

from analysis import prepared
from analysis import study as studies
from analysis.batch.order import NOTEBOOK
from analysis.communities.profile import profiles
from analysis.reporting.notebooks.parameters import source

SIZES = (12, 200, 1000)
SAMPLED = 8
"""Pages of which the slow ways are measured."""
AT_ONCE = 2
BIN = Path(sys.executable).parent

Row = Mapping[str, object]


def row(what: str, pages: int, seconds: float, **more: object) -> Row:
    """A line of the table."""
    return {"what": what, "at_once": AT_ONCE, "pages": pages, "seconds": round(seconds, 2), **more}


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    begun = perf_counter()
    call()
    return perf_counter() - begun


def parameters(study: Path, community: str, out: Path) -> dict[str, str]:
    """What a page's notebook is told."""
    return {"study": str(study), "language": "zh", "community": community, "output_dir": str(out)}


def by_command_line(study: Path, communities: Sequence[str], scratch: Path) -> Row:
    """`papermill` started for every page."""

    def one(community: str) -> None:
        told = parameters(study, community, scratch / community)
        given = [text for name, value in told.items() for text in ("-r", name, value)]
        command = [BIN / "papermill", NOTEBOOK, scratch / f"{community}.ipynb", *given, "--no-progress-bar"]
        subprocess.run(command, check=True, capture_output=True)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return row("papermill, command line", len(communities), timed(lambda: [*pool.map(one, communities)]))


def in_process(study: Path, communities: Sequence[str], scratch: Path) -> Row:
    """`papermill.execute_notebook` on a stock kernel for every page."""

    def one(community: str) -> None:
        told = parameters(study, community, scratch / community)
        papermill.execute_notebook(NOTEBOOK, scratch / f"{community}.ipynb", told, progress_bar=False)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return row("papermill, in process", len(communities), timed(lambda: [*pool.map(one, communities)]))


def own_code(study: Path, communities: Sequence[str], scratch: Path) -> Row:
    """The notebook's cells alone, one page after the other, in a process that has all of them computed."""
    cells = [cell.source for cell in source(NOTEBOOK).cells if cell.cell_type == "code"]
    pages = [*profiles(studies.open(str(study), None), communities)]

    def all_pages() -> None:
        for page in pages:
            prepared.hand_over(page)
            names = parameters(study, page.community, scratch) | {"data_dir": str(page.study.data), "wave": ""}
            for cell in cells[1:]:
                exec(cell, names)

    with redirect_stdout(None):
        all_pages()
        return row("notebook's own code", len(pages), timed(all_pages), at_once=1)


def batch(what: str, study: Path, out: Path, *options: str) -> Row:
    """`study batch`, from its start to its end: time, and the largest memory of the driver and of a kernel for itself alone."""
    command = [BIN / "study", "batch", study, "--lang", "zh", "--out", out, "--jobs", str(AT_ONCE), "--json", *options]
    begun = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as run, ThreadPoolExecutor(1) as pool:
        driver_mb: list[float] = []
        kernel_mb = pool.submit(_watched, run, driver_mb)
        assert run.stdout
        lines, places = [], []
        for line in run.stdout:
            lines.append(line)
            places.append(len(driver_mb))
        run.wait()
        seconds = perf_counter() - begun
    assert run.returncode == 0
    written = json.loads(lines[-1])["written"]
    later = driver_mb[places[len(places) // 5] :] if written > SAMPLED else []
    return row(
        what,
        written,
        seconds,
        driver_mb=round(max(driver_mb)),
        driver_mb_grown=round(later[-2] - later[0]) if later else None,
        kernel_mb=round(max(kernel_mb.result(), default=0)) or None,
    )


def _watched(run: subprocess.Popen[str], driver_mb: list[float]) -> list[float]:
    """What the kernels of a run take for themselves alone; what the driver takes goes into the list, as long as it runs."""
    kernels, driver = [], psutil.Process(run.pid)
    while run.poll() is None:
        try:
            driver_mb.append(driver.memory_info().rss / 1e6)
            kernels += [one.memory_full_info().uss / 1e6 for child in driver.children() for one in child.children()]
        except psutil.NoSuchProcess:
            pass
        sleep(0.2)
    return kernels


def change_one_row(study: Path) -> None:
    """One more resident in the first community, and the file's new checksum in origin.yml."""
    (file,) = study.rglob("communities.csv")
    before = file.read_bytes()
    with file.open(encoding="utf-8", newline="") as lines:
        header, first, *others = csv.reader(lines)
    column = header.index("常住人口")
    first[column] = str(int(first[column]) + 1)
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\r\n" if b"\r\n" in before else "\n").writerows([header, first, *others])
    origin = study / "origin.yml"
    digests = [hashlib.sha256(content).hexdigest() for content in (before, file.read_bytes())]
    origin.write_text(origin.read_text("utf-8").replace(*digests), encoding="utf-8")


def measured(size: int, folder: Path) -> Iterator[Row]:
    """All ways on one province."""
    study, out = folder / "study", folder / "pages"
    made = ["-m", "analysis.simulate", "--communities", str(size), "--out", str(study)]
    subprocess.run([sys.executable, *made], check=True, stdout=subprocess.DEVNULL)
    communities = studies.open(str(study), None).communities()
    sampled = communities[:: -(-size // SAMPLED)]
    for way in (by_command_line, in_process, own_code) if size < SIZES[-1] else (own_code,):
        scratch = folder / way.__name__
        scratch.mkdir()
        yield way(study, sampled, scratch)
    yield batch("batch, first page", study, folder / "one", "--where", f"community_id={communities[0]}")
    yield batch("batch", study, out)
    yield batch("batch, nothing to do", study, out)
    change_one_row(study)
    yield batch("batch, one row changed", study, out)


def main() -> None:
    """Measure, print and write the table."""
    rows = []
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="batch-") as folder:
            for one in measured(size, Path(folder)):
                rows.append({"communities": size, **one})
                print(rows[-1], flush=True)
    result = pd.DataFrame(rows)
    result["seconds_per_page"] = result["seconds"] / result["pages"].where(result["pages"] > 0)
    result.to_csv(Path(__file__).with_name("batch.csv"), index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
