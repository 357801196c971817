"""The synthetic study, read once in a process: for the fixture `nanchang`, and for what no fixture reaches."""

from functools import cache

from analysis import study


@cache
def nanchang() -> study.Study:
    """The study; what a test changes is a copy."""
    return study.open("nanchang")
