"""How two measures that estimate too high or too low in samples come near the truth as the sample grows.

Simple random samples of 240,000 synthetic adults: Theil's index between levels of education, and the adequacy (Kaiser,
Meyer & Olkin) of the six items of satisfaction. Run from the repository: `.venv/bin/python benchmarks/truth/sizes.py`.
"""

import numpy as np
import pandas as pd

from analysis.inference import SurveyDesign, ge_decomposition
from analysis.satisfaction import OVERALL
from analysis.satisfaction.scales import sampling_adequacy
from analysis.simulate import residents

SAMPLES = 200
SIZES = (1350, 5400, 21600)
SEED = 20_261_125


def between_and_adequacy(people: pd.DataFrame, items: list[str]) -> tuple[float, float]:
    """Both measures of some adults."""
    parts = ge_decomposition(people, "acts", SurveyDesign(), groups="education").table
    adequacy = sampling_adequacy(people, items, SurveyDesign()).table["estimate"].iloc[0]
    return parts.loc[parts["component"] == "between", "estimate"].iloc[0], adequacy


if __name__ == "__main__":
    random = np.random.default_rng(SEED)
    names = [f"C{number}" for number in range(1200)]
    places = pd.DataFrame({"community_id": names, "subdistrict": names, "residents": 250})
    population = residents.draw_population(random, places)
    scores = pd.DataFrame(population.scores, columns=[*residents.ANSWER_SHARES])
    items = [item for item in scores if item != OVERALL]
    everybody = population.people.assign(acts=population.acts[0].sum(axis=1)).join(scores)
    rows = {len(everybody): between_and_adequacy(everybody, items)}
    for size in SIZES:
        drawn = [
            between_and_adequacy(everybody.sample(size, random_state=random).reset_index(drop=True), items)
            for _ in range(SAMPLES)
        ]
        rows[size] = tuple(np.mean(drawn, axis=0))
    print(pd.DataFrame(rows, index=["between levels of education", "adequacy"]).T.round(4).to_string())
