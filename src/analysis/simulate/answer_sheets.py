"""Made-up answers as 问卷星 exports them by option text: the file that docs/tutorial begins with.

Residents of the synthetic Nanchang study fill in a form, in Chinese or in English; the answers are the same. One of them wrote
an age in words, for the tutorial to find and to correct. The layout is that of docs/formats.md.
"""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.catalogue import LANGUAGES, base, entries
from analysis.reading.convert import MISSING
from analysis.reading.formats.wjx import DURATION, EMPTY, NUMBER, SEVERAL, SUBMITTED
from analysis.reporting.workbooks import Book, Cell
from analysis.simulate import SEED, simulate
from analysis.simulate.residents import ACTIVITIES, ANSWER_SHARES, SURVEY_YEAR, WAVES

COMMUNITIES = ("C01", "C02", "C03", "C04")
"""Communities of the synthetic study whose residents answer."""
ASKED = 60
"""Answer sheets of each community."""
BEGUN = datetime.datetime(SURVEY_YEAR, 6, 4, 9)
IN_WORDS = 45
"""The age that the first of this age writes in words."""
PERSON = ("community_id", "sex", "age_years", "education", "is_party_member")
"""What is asked before the activities."""


def write(folder: Path) -> None:
    """Write answers.zh.xlsx and answers.en.xlsx, the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    people = respondents()
    for language in LANGUAGES:
        table = as_exported(people, language)
        book = Book("", "study simulate")
        sheet = book.sheet("Sheet1")
        for row in ([*table], *table.itertuples(index=False)):
            sheet.append(map(Cell, row))
        (folder / f"answers.{language}.xlsx").write_bytes(book.as_bytes())


def respondents() -> pd.DataFrame:
    """Residents who know how often they took part, in the order in which they answer: a row each, in the catalogue's keys.

    Activities are whether somebody took part, items are scores, or the reason why there is none.
    """
    tables = {name: table[table["wave"] == WAVES[0]] for name, table in _surveyed().items()}
    acts = tables["participation"].pivot(index="respondent_id", columns="activity", values="acts").dropna()
    rated = tables["satisfaction"].assign(said=lambda table: table["score"].fillna(table["score" + MISSING]))
    scores = rated.pivot(index="respondent_id", columns="item", values="said")
    people = tables["respondents"].merge(acts > 0, on="respondent_id").merge(scores, on="respondent_id")
    people = people[people["community_id"].isin(COMMUNITIES)].groupby("community_id").head(ASKED)
    rng = np.random.Generator(np.random.PCG64(SEED))
    ordered = people.sample(frac=1, random_state=rng).reset_index(drop=True)
    took = rng.lognormal(np.log(170), 0.35, len(ordered)).astype(int)
    waited = rng.exponential(900, len(ordered)).astype(int).cumsum()
    return ordered.assign(age_years=SURVEY_YEAR - ordered["birth_year"], took=took, waited=waited)


def as_exported(people: pd.DataFrame, language: str) -> pd.DataFrame:
    """The answers as a table of text and numbers under the export's headings."""
    catalogue, said = base(), {key: words[language] for key, words in entries("answer_sheets").items()}
    levels = {column: catalogue.levels_of(column) for column in ("education", "score", "activity", "item")}
    words = {level: entry[language] for column in ("education", "score") for level, entry in levels[column].items()}
    words |= {key: text for key, text in said.items() if not key.startswith("ask_")} | {"refused": EMPTY}
    words |= {place: said[f"community_{number}"] for number, place in enumerate(COMMUNITIES, 1)}
    handed_in = [BEGUN + datetime.timedelta(seconds=int(seconds)) for seconds in people["waited"]]
    number = np.arange(1, len(people) + 1)
    made: dict[str, object] = {
        NUMBER: number,
        SUBMITTED: [f"{when.year}/{when.month}/{when.day} {when.hour}:{when:%M:%S}" for when in handed_in],
        DURATION: [f"{seconds}秒" for seconds in people["took"]],
        "来源": "微信",
        "来源详情": "N/A",
        "来自IP": [f"203.0.113.{one % 254 + 1}(江西-南昌)" for one in number],
    }
    ages = people["age_years"].astype(object)
    ages.loc[ages.eq(IN_WORDS).idxmax()] = "age_45"
    for place, column in enumerate(PERSON, 1):
        answers = (ages if column == "age_years" else people[column]).astype(object).replace({True: "yes", False: "no"})
        worded = [EMPTY if pd.isna(answer) else words.get(answer, answer) for answer in answers]
        made[f"{place}、{said[f'ask_{column}']}"] = pd.Series(worded, dtype=object)
    joined = [
        SEVERAL.join(levels["activity"][one][language] for one in ACTIVITIES if row[one]) or said["no_activity"]
        for row in people.to_dict("records")
    ]
    made[f"6、{said['ask_activities']}"] = joined
    made |= {f"第7题({levels['item'][item][language]})": people[item].map(words.get) for item in ANSWER_SHARES}
    return pd.DataFrame(made)


def _surveyed() -> dict[str, pd.DataFrame]:
    tables = simulate().tables
    return {name: tables[name] for name in ("respondents", "participation", "satisfaction")}
