"""The communities, the organisations in them, and their indicators."""

import numpy as np
import pandas as pd

from analysis.simulate.nonresponse import set_missing
from analysis.simulate.quotas import QUOTAS

ORGANISATION_KINDS = ("arts_and_sports", "arts_and_sports", "mutual_aid", "volunteers", "council")
"""The organisations of every community: at least two troupes (N21)."""
INDICATORS = {
    "万人社区工作者数": (17, 3),
    "服务设施面积": (900, 250),
    "网格覆盖率": (0.9, 0.04),
    "诉求办结率": (0.93, 0.03),
    "投诉件数": (60, 18),
}
"""Mean and standard deviation over communities, in the first year; a mean below 1 is that of a proportion."""
INDICATOR_YEARS = (2018, 2020)


def draw_communities(rng: np.random.Generator) -> pd.DataFrame:
    """Draw the communities: as many in each subdistrict as it has teams."""
    subdistricts = [subdistrict for subdistrict, quota in QUOTAS.items() for _ in quota.teams]
    residents = rng.integers(2800, 6400, len(subdistricts))
    return pd.DataFrame(
        {
            "community_id": _numbered("C", 2, len(subdistricts)),
            "community_name": _numbered("合成社区", 2, len(subdistricts)),
            "subdistrict": subdistricts,
            "city": "南昌(合成)",
            "residents": residents,
            "households": (residents / rng.uniform(2.4, 3.0, len(subdistricts))).round().astype(int),
        }
    )


def draw_surroundings(rng: np.random.Generator, communities: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Draw what surrounds the residents: the tables `organisations` and `indicators`."""
    organisations = _draw_organisations(rng, communities["community_id"])
    indicators = _draw_indicators(rng, communities["community_id"])
    return {
        "organisations": set_missing(rng, organisations, ["funding"], 0.1, "not_recorded"),
        "indicators": indicators,
    }


def _draw_organisations(rng: np.random.Generator, communities: pd.Series) -> pd.DataFrame:
    """Draw the organisations, of the same kinds in every community."""
    size = len(communities) * len(ORGANISATION_KINDS)
    return pd.DataFrame(
        {
            "organisation_id": _numbered("O", 3, size),
            "community_id": communities.repeat(len(ORGANISATION_KINDS)).to_numpy(),
            "organisation_kind": np.tile(ORGANISATION_KINDS, len(communities)),
            "organisation_name": _numbered("合成组织", 3, size),
            "members": rng.integers(8, 60, size),
            "founded": rng.integers(2003, 2018, size),
            "has_venue": rng.random(size) < 0.6,
            "funding": rng.integers(0, 40, size) * 500.0,
        }
    )


def _draw_indicators(rng: np.random.Generator, communities: pd.Series) -> pd.DataFrame:
    """Draw the indicators of two years; from the first to the second a value changes by -2 to 8 %."""
    rows = [
        (community, name, year, min(value * change, 1.0) if mean < 1 else value * change)
        for name, (mean, sd) in INDICATORS.items()
        for community, value in zip(communities, rng.normal(mean, sd, len(communities)), strict=True)
        for year, change in zip(INDICATOR_YEARS, (1.0, rng.uniform(0.98, 1.08)), strict=True)
    ]
    return pd.DataFrame(rows, columns=["community_id", "indicator", "year", "value"]).round({"value": 3})


def _numbered(prefix: str, digits: int, size: int) -> list[str]:
    """Make names or ids with numbers from 1 up, such as C01, C02."""
    return [f"{prefix}{number:0{digits}d}" for number in range(1, size + 1)]
