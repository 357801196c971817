"""Many broken files of each format: how many were read, refused with an error of ours, or ended in anything else.

Run from the repository: `.venv/bin/python benchmarks/fuzz/fuzz.py TRIES [NAME…]`. Each format is read in a process of its own,
with 4 GB of memory and a time within which a batch must end, so that a reader that crashes or hangs is found out; seeds are
counted from 0.
"""

import collections
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
MEMORY = 4 * 2**30
BATCH = 1000
SECONDS = 300
"""For a batch, with the time in which a process starts."""


def worker(name: str, first: int, last: int, folder: Path) -> None:
    """Try the seeds in turn; each is printed before it is tried, and what came of it after."""
    from mutated import broken, outcome, whole

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    content = whole(folder)[name]
    for seed in range(first, last):
        print(json.dumps(seed), flush=True)
        print(json.dumps(outcome(name, broken(content, seed), folder / "tried")), flush=True)


def campaign(name: str, tries: int) -> collections.Counter[str]:
    """How often each outcome was met; a crash and a hang are outcomes too."""
    found: collections.Counter[str] = collections.Counter()
    done = 0
    while done < tries:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--worker", name, str(done), str(min(done + BATCH, tries)), folder]
            try:
                ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
                out, how = ended.stdout, f"CRASH {ended.returncode} {ended.stderr[-300:]}" if ended.returncode else ""
            except subprocess.TimeoutExpired as slow:
                out, how = (slow.stdout or b"").decode(), "HANG"
        lines = [json.loads(line) for line in out.splitlines()]
        if how and lines and isinstance(lines[-1], int):
            lines.append(how)
        if not lines:
            sys.exit(f"{name}: {how}")
        for seed, told in zip(lines[::2], lines[1::2], strict=True):
            found[told] += 1
            done = seed + 1
            if told != "read" and not told.startswith("error "):
                print(f"{name} seed {seed}: {told}", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    if sys.argv[1] == "--worker":
        worker(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
    else:
        from mutated import whole

        with tempfile.TemporaryDirectory() as folder:
            names = sys.argv[2:] or [*whole(Path(folder))]
        print("file,tried,read,refused,other,errors")
        for name in names:
            found = campaign(name, int(sys.argv[1]))
            refused = sum(times for told, times in found.items() if told.startswith("error "))
            kinds = len([told for told in found if told.startswith("error ")])
            other = found.total() - found["read"] - refused
            print(f"{name},{found.total()},{found['read']},{refused},{other},{kinds}", flush=True)
