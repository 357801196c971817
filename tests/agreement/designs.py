"""The seven designs on the Californian school samples that most reference files use."""

from agreement import data, has_data
from analysis.inference import SurveyDesign

API = {
    "srs": ("apisrs", SurveyDesign(weights="pw", fpc="fpc")),
    "strat": ("apistrat", SurveyDesign(weights="pw", strata="stype", fpc="fpc")),
    "strat_nofpc": ("apistrat", SurveyDesign(weights="pw", strata="stype")),
    "clus1": ("apiclus1", SurveyDesign(weights="pw", clusters="dnum", fpc="fpc")),
    "clus1_nofpc": ("apiclus1", SurveyDesign(weights="pw", clusters="dnum")),
    "clus2": ("apiclus2", SurveyDesign(clusters=["dnum", "snum"], fpc=["fpc1", "fpc2"])),
    "clus2_wr": ("apiclus2", SurveyDesign(weights="pw", clusters=["dnum", "snum"])),
}


def api():
    """Each design that there are data for, with its name and frame."""
    for name, (dataset, design) in API.items():
        if has_data(dataset):
            yield name, data(dataset), design
