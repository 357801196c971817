"""A case measured in a process of its own, and a table of what was measured."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def measured(script: str, *case: str) -> dict[str, float]:
    """What a script prints of one of its cases."""
    command = [sys.executable, script, "--case", *case]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def peak_mb() -> float:
    """The largest resident memory of this process (Linux); `ru_maxrss` begins with that of the process that started it."""
    told = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert told
    return int(told[1]) / 1024


def write(script: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write what a script measured beside it."""
    with Path(script).with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
