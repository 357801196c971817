"""Whether a batch ends with the right pages, whatever is killed in its midst.

A batch of 300 synthetic communities is run again and again. While it runs, its kernels, the fork server that they come from and
the driver are killed at random times, until a run ends by itself. The pages must then be, byte by byte, those of a run that
nobody disturbed, with nothing left beside them, and a further run must find nothing to do. A command that is killed by force
leaves its temporary folders behind: how many, is told.

Run from the repository: `.venv/bin/python benchmarks/batch/faults.py`, which writes faults.csv beside itself.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep

import pandas as pd
import psutil

COMMUNITIES = 300
SEED = 20261125
PAUSE = 2
"""Seconds between two kills, on average."""
VICTIMS = {"kernel": 80, "fork server": 6, "driver": 2, "driver, Ctrl-C": 1}
"""What is killed, and how often beside the others."""
ENDS = {0: "by itself", 1: "with failed pages", 130: "by Ctrl-C", -2: "by Ctrl-C", -9: "killed"}
"""What the status of a run says; Python itself ends with -2 where Ctrl-C meets it before the program has begun."""
STUDY = Path(sys.executable).with_name("study")


def batch(study: Path, out: Path, scratch: Path) -> subprocess.Popen[bytes]:
    """Begin a batch whose temporary files have a folder of their own; what it says goes into a file beside its pages."""
    command = [STUDY, "batch", study, "--lang", "zh", "--out", out, "--json"]
    with out.with_suffix(".said").open("wb") as said:
        return subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, "TMPDIR": str(scratch)})


def summary(out: Path) -> dict[str, int]:
    """The last line that a run said, where it came so far."""
    lines = out.with_suffix(".said").read_text("utf-8").splitlines()
    told = [json.loads(line) for line in lines if line.startswith('{"communities"')]
    return told[-1] if told else {}


def processes(driver: int) -> dict[str, list[psutil.Process]]:
    """The processes of a run that can be killed, by what they are."""
    found: dict[str, list[psutil.Process]] = {victim: [] for victim in VICTIMS}
    found["driver"] = found["driver, Ctrl-C"] = [psutil.Process(driver)]
    for child in psutil.Process(driver).children():
        if any("multiprocessing.forkserver" in argument for argument in child.cmdline()):
            found["fork server"].append(child)
            found["kernel"] += child.children()
    return found


def disturb(run: subprocess.Popen[bytes], chance: random.Random) -> Iterator[str]:
    """Kill at random until a run has ended; what was killed, as it is."""
    while run.poll() is None:
        sleep(chance.expovariate(1 / PAUSE))
        (victim,) = chance.choices([*VICTIMS], [*VICTIMS.values()])
        try:
            there = processes(run.pid)[victim]
            if there and run.poll() is None:
                chance.choice(there).send_signal(signal.SIGINT if "Ctrl-C" in victim else signal.SIGKILL)
                yield victim
        except psutil.NoSuchProcess:
            pass


def remaining(scratch: Path) -> list[psutil.Process]:
    """Processes of the runs that are still there; a kernel notices within a moment that its driver is gone."""
    for _ in range(100):
        found = [one for one in psutil.process_iter(["environ"]) if _is_of(one, scratch)]
        if not found:
            break
        sleep(0.1)
    return found


def _is_of(process: psutil.Process, scratch: Path) -> bool:
    return (process.info["environ"] or {}).get("TMPDIR") == str(scratch)


def pages(out: Path) -> dict[str, bytes]:
    """Every file below a folder by its place; logs, which tell times, and the store apart."""
    found = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    return {
        place: path.read_bytes()
        for place, path in found.items()
        if not place.startswith("logs/") and place != "batch.sqlite"
    }


def check(disturbed: Path, undisturbed: Path, study: Path, scratch: Path) -> None:
    """Fail on anything that is not as it would be without the kills."""
    assert not remaining(scratch), "processes are left"
    expected, found = pages(undisturbed), pages(disturbed)
    assert len([place for place in expected if place.endswith("/index.zh.html")]) == COMMUNITIES
    assert all(page.endswith(b"</html>") for place, page in found.items() if place.endswith("/index.zh.html"))
    assert found.keys() == expected.keys(), f"other files: {sorted(found.keys() ^ expected.keys())[:5]}"
    different = [place for place, page in found.items() if page != expected[place]]
    assert not different, f"{len(different)} files differ: {different[:5]}"
    with sqlite3.connect(disturbed / "batch.sqlite") as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store.execute("SELECT count(*) FROM reports").fetchone() == (COMMUNITIES,)
    assert batch(study, disturbed, scratch).wait() == 0
    assert summary(disturbed)["unchanged"] == COMMUNITIES, "a further run has something to do"


def main() -> None:
    """Run, kill, compare, and write what was done."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        study, undisturbed, disturbed = (Path(folder) / name for name in ("study", "undisturbed", "disturbed"))
        scratch = Path(folder) / "tmp"
        scratch.mkdir()
        made = ["-m", "analysis.simulate", "--communities", str(COMMUNITIES), "--out", str(study)]
        subprocess.run([sys.executable, *made], check=True, stdout=subprocess.DEVNULL)
        begun = perf_counter()
        assert batch(study, undisturbed, scratch).wait() == 0
        alone = perf_counter() - begun

        chance, kills, ends = random.Random(SEED), Counter[str](), Counter[str]()
        pages_failed, status, begun = 0, None, perf_counter()
        while status != 0:
            run = batch(study, disturbed, scratch)
            kills.update(disturb(run, chance))
            status = run.wait()
            ends[ENDS[status]] += 1
            pages_failed += summary(disturbed).get("failed", 0)
            print(f"{perf_counter() - begun:.0f} s: {dict(kills)}, runs ended {dict(ends)}", flush=True)
        seconds = perf_counter() - begun
        left = len([*scratch.iterdir()])
        check(disturbed, undisturbed, study, scratch)

    rows = [("communities", COMMUNITIES), ("undisturbed, seconds", round(alone))]
    rows += [("disturbed, seconds", round(seconds)), ("kills", sum(kills.values()))]
    rows += [(f"kills: {victim}", kills[victim]) for victim in VICTIMS]
    rows += [("runs", sum(ends.values())), *((f"runs that ended {end}", count) for end, count in sorted(ends.items()))]
    rows += [("pages that failed and were made by a later run", pages_failed), ("temporary folders left", left)]
    result = pd.DataFrame(rows, columns=["what", "count"])
    result.to_csv(Path(__file__).with_name("faults.csv"), index=False)
    print(result.to_string(index=False))


if __name__ == "__main__":
    main()
