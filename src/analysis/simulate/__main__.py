"""Rebuild data/raw/nanchang and data/examples from the seed, or write a province with --out."""

from pathlib import Path

import click

from analysis.cli import option, told, words
from analysis.locations import ROOT
from analysis.simulate import answer_sheets, province, write


@click.command(help=words("simulate"))
@option("communities", "--communities", type=click.IntRange(min=1), default=1000, show_default=True)
@option("province_out", "--out", type=click.Path(path_type=Path), default=None)
@told
def main(communities: int, province_out: Path | None) -> None:
    """The command."""
    if province_out:
        province.write_province(province_out, communities)
    else:
        write(ROOT / "data" / "raw" / "nanchang")
        answer_sheets.write(ROOT / "data" / "examples")


if __name__ == "__main__":
    main()
