"""Damaged files of statistics programs may crash the library that reads them, and Python with it.

So what a file says of itself is read by another process first: if that one does not survive, this one does.
"""

import faulthandler
import multiprocessing
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SECONDS = 60
"""A dictionary of a thousand variables is read in less than one."""
# Elsewhere a forked process may not call the system's libraries (macOS), or there is no fork (Windows).
START = multiprocessing.get_context("fork") if sys.platform == "linux" else multiprocessing.get_context("spawn")


class Crash(Exception):
    """The file crashes its reader, or keeps it busy without an end."""


def require_survived(read: Callable[..., object], path: Path) -> None:
    """Let another process read what a file says of itself; whether it reads it well is not looked at.

    Parameters
    ----------
    read
        A function of pyreadstat.

    Raises
    ------
    Crash
        The process did not survive, or did not end.
    """
    process = START.Process(target=_read, args=(read, str(path)), daemon=True)
    process.start()
    process.join(SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
    if process.exitcode != 0:
        raise Crash("it crashes the program that reads it")


def _read(read: Callable[..., object], path: str) -> None:
    faulthandler.disable()  # a stack of Python's says nothing to the person who has the file
    with suppress(Exception):  # which the other process meets again, and tells
        read(path, metadataonly=True)
