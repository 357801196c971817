"""Write environment.yml from pyproject.toml, which is the source of the dependencies; `--check` only compares."""

import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "environment.yml"
FROM_PYPI = ("pylopdf-fonts-zh-cn", "typst", "zhplot", "zlib-ng")
"""Not on conda-forge under the same name (typst is the program there, zlib-ng the library in C): installed by pip."""
NEEDED_IN_GROUPS = ("nbval", "pytest", "hypothesis")
"""Of the development group, what a reader needs who only has conda: to run the tests."""
HEADER = """\
# Generated from pyproject.toml by tools/environment.py: change it there. uv.lock holds the exact versions that are tested;
# this file is for those who work with conda: `conda env create -f environment.yml`, then `pip install --no-deps -e .`.
"""


def environment() -> str:
    """The text of environment.yml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    specs = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {spec: spec.split(">=")[0].split("[")[0] for spec in specs}
    wanted = [spec for spec in specs if spec in project["project"]["dependencies"] or names[spec] in NEEDED_IN_GROUPS]
    conda = sorted(spec for spec in wanted if names[spec] not in FROM_PYPI)
    pip = sorted(spec for spec in wanted if names[spec] in FROM_PYPI)
    content = {
        "name": project["project"]["name"],
        "channels": ["conda-forge", "nodefaults"],
        "dependencies": [f"python{project['project']['requires-python']}", "pip", *conda, {"pip": pip}],
    }
    return HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def main() -> None:
    """Write the file, or with `--check` say whether it is up to date."""
    if "--check" not in sys.argv:
        TARGET.write_text(environment(), encoding="utf-8")
    elif not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != environment():
        sys.exit("environment.yml is not what pyproject.toml gives: run `make environment`")


if __name__ == "__main__":
    main()
