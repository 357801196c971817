"""Persons followed over terms where no id exists: exact agreement on what identifies them, by declared rules.

A rule is a list of columns. Records that agree on all of them are one person, unless the same values occur twice in a
term: then nobody can say who is who, the tie is left unlinked and counted. Later rules may only join what earlier ones
left apart, and never records that carry different birth dates or two records of one term.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.errors import StudyError


class Linked(NamedTuple):
    """The person of each record, and what each rule did.

    `report` has one row per rule: how often it `joined` a record to its person's earlier ones, and the `ties` it left
    (records whose values occur twice in a term).
    """

    person_id: pd.Series
    report: pd.DataFrame


def link(records: pd.DataFrame, rules: Sequence[Sequence[str]], table: str = "roster") -> Linked:
    """Give every record of a table the id of its person.

    Parameters
    ----------
    records
        One row per person and term, with `term` and the columns of the rules; `name` is compared without white space and
        in Unicode's composed form. A record that lacks a rule's value is not linked by it.
    rules
        Lists of columns, tried in order.

    Raises
    ------
    StudyError
        `link_ambiguous` where a rule needs a column that the table has not.
    """
    for column in {column for rule in rules for column in rule}:
        if column not in records:
            raise StudyError("link_ambiguous", column=column, table=table)
    keys = records.reset_index(drop=True)
    if "name" in keys:
        keys["name"] = keys["name"].str.normalize("NFC").str.replace(r"\s", "", regex=True)

    person = np.arange(len(keys))
    report = []
    for rule in rules:
        edges, ties = _agreeing(keys, rule)
        joined = _components(len(keys), np.vstack([edges, _chain(person)]))
        allowed = ~_conflicting(keys, joined)[joined]
        before = len(np.unique(person))
        person = np.where(allowed, joined, person + joined.max() + 1)
        report.append({"rule": " + ".join(rule), "joined": before - len(np.unique(person)), "ties": ties})

    number = pd.Series(pd.factorize(person)[0] + 1, index=records.index)
    width = len(str(len(records)))
    return Linked("p" + number.astype(str).str.zfill(width), pd.DataFrame(report))


def _agreeing(keys: pd.DataFrame, rule: Sequence[str]) -> tuple[np.ndarray, int]:
    """Pairs of records with the rule's values in common, and how many records are tied with another of their term."""
    complete = keys.dropna(subset=list(rule))
    group = complete.groupby(list(rule), sort=False).ngroup()
    tied = group[pd.DataFrame({"group": group, "term": complete["term"]}).duplicated(keep=False)]
    free = group[~group.isin(tied.unique())]
    return _chain(free.to_numpy(), free.index.to_numpy()), len(tied)


def _chain(group: np.ndarray, members: np.ndarray | None = None) -> np.ndarray:
    """Edges that join the members of each group one to the next."""
    members = np.arange(len(group)) if members is None else members
    order = np.argsort(group, kind="stable")
    same = group[order][1:] == group[order][:-1]
    return np.column_stack([members[order][:-1][same], members[order][1:][same]]).astype(np.int64)


def _components(size: int, edges: np.ndarray) -> np.ndarray:
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(size, size))
    labels: np.ndarray = connected_components(graph, directed=False)[1]
    return labels


def _conflicting(keys: pd.DataFrame, component: np.ndarray) -> np.ndarray:
    """Whether each component holds two records of one term, or two birth dates."""
    frame = keys.assign(component=component)
    conflict = np.zeros(component.max() + 1, dtype=bool)
    conflict[frame.loc[frame.duplicated(["component", "term"]), "component"]] = True
    if "birth_date" in frame:
        dates = frame.dropna(subset="birth_date").drop_duplicates(["component", "birth_date"])
        conflict[dates.loc[dates.duplicated("component"), "component"]] = True
    return conflict
