"""The start page of a folder of reports: what it shows of each community is kept in the store when that one's page is made."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence

from analysis.batch.order import Order
from analysis.communities.profile import Profile
from analysis.reporting import site
from analysis.reporting.problems import whole
from analysis.reporting.wording import Wording
from analysis.study import Study


def cards(profile: Profile, languages: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """What start pages show of a community, and, under an empty id, what they compare all of them by."""
    rows = site.compared(profile)
    for language in languages:
        words = Wording(profile.study.catalogue, language)
        yield profile.community, language, json.dumps(site.card(profile, rows, words))
        yield "", language, json.dumps(site.columns(rows, words))


def write(
    study: Study, order: Order, language: str, listed: Sequence[str], without: Collection[str], known: Mapping[str, str]
) -> None:
    """Write a start page, whole or not at all.

    Parameters
    ----------
    listed, without
        The communities that it lists, and those of them that have no page which is up to date.
    known
        The cards in its language.
    """
    units = [
        site.Unit(
            community,
            json.loads(known[community]) if community in known else None,
            "" if community in without else order.place(community).name,
        )
        for community in listed
    ]
    compared = json.loads(known.get("", "[]"))
    page = site.page(study, language, order.languages, units, compared)
    whole(order.out / f"index.{language}.html", page.encode("utf-8", errors="xmlcharrefreplace"))
