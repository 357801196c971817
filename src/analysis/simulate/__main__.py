"""Rebuild data/raw/nanchang from the seed."""

from analysis.simulate import write
from analysis.study import ROOT

if __name__ == "__main__":
    write(ROOT / "data" / "raw" / "nanchang")
