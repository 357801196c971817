"""Models of community governance that a paper names beside its own city's: a cited reference table, not data.

The file models.yml of a study holds for each model what the paper says of it, and the sentence. Nothing is taken from
elsewhere; what the paper says a model brought about is the paper's word.
"""

from analysis.settings import Strict, Words, load
from analysis.study import Study

FILE = "models.yml"


class CityModel(Strict):
    """One model: where, since when (if the sentence says), its features, the results that the paper states, the sentence."""

    id: str
    place: Words
    name: Words
    since: str | None = None
    features: Words
    said_result: Words | None = None
    sentence: str
    section: str


class CityModels(Strict):
    """models.yml: the models and the paper that names them."""

    source: Words
    models: list[CityModel]


def models_of(study: Study) -> CityModels | None:
    """The study's reference table of models; None where it has none."""
    file = study.folder / FILE
    return load(file, CityModels) if file.is_file() else None
