"""What the teams are made to: terms of office, established posts, and the staff of each subdistrict.

The counts are those of the paper for 徐家坊街道 and 青云谱镇; the other two subdistricts fill the total up.
"""

import datetime
from typing import NamedTuple

TERMS = {"2012": datetime.date(2012, 7, 1), "2015": datetime.date(2015, 7, 1), "2018": datetime.date(2018, 7, 1)}
"""The days on which teams were constituted, three years apart: two elections after the first (N04)."""
TERM_BEFORE = datetime.date(2009, 7, 1)
"""The start of those who were in post before the first term."""

LEADERS = ("party_secretary", "deputy_party_secretary")
ELECTED = (*LEADERS, "director", "deputy_director", "committee_member", "committee_member")
POSTS = (*ELECTED, "social_worker", "social_worker", "grid_worker", "grid_worker", "grid_worker")
"""Established posts of a community: as many of them as its team has people, and the vacant ones."""

EDUCATION = ("primary", "junior_secondary", "senior_secondary", "junior_college", "bachelor", "postgraduate")
COLLEGE = EDUCATION[3:]
"""The levels from junior college up."""

AGE_BANDS = ((23, 34), (35, 44), (45, 49), (50, 58))
"""First and last age, in years on the day of constitution; a quota counts people in each band."""
NARROW_BAND = 2
"""The band that is too narrow for two terms more: nobody stays in it for a second election."""


class Quota(NamedTuple):
    """Who serves in a subdistrict on the day its teams are constituted: the same counts in every term.

    Attributes
    ----------
    teams
        People in the team of each community. With those who join later they are 96 in 12 communities (N01, N02).
    members, others
        Party members and others by age band.
    women, computer, education
        Women, users of a computer, and people at each level of `EDUCATION`.
    stay, move
        Who serves again in the same community after the first and after the second election (N03: < 25 %), and who
        serves again in a sister community.
    leave, join
        Who leaves in mid-term, and how many of them are replaced in a by-election.
    vacant
        Vacant posts in each community.
    """

    teams: tuple[int, ...]
    members: tuple[int, int, int, int]
    others: tuple[int, int, int, int]
    women: int
    computer: int
    education: tuple[int, int, int, int, int, int]
    stay: tuple[int, int]
    move: int
    leave: int
    join: int
    vacant: int

    @property
    def size(self) -> int:
        """People in all the teams of the subdistrict."""
        return sum(self.teams)

    @property
    def persons(self) -> int:
        """The most persons that the teams of all terms can have, if nobody serves twice.

        Persons are numbered from 0; whoever replaces one in a by-election has the number of that person plus this.
        """
        return len(TERMS) * self.size

    @property
    def bands(self) -> list[int]:
        """The age band of each person, those of party members first."""
        return [
            band for counts in (self.members, self.others) for band, count in enumerate(counts) for _ in range(count)
        ]


QUOTAS = {
    "徐家坊街道": Quota(
        teams=(7, 8, 8, 9),
        members=(2, 4, 4, 6),
        others=(4, 4, 4, 4),  # N09: 18 of 32 are aged 45 and over (56 %)
        women=24,
        computer=20,
        education=(0, 6, 16, 8, 2, 0),  # N08: 10 of 32 have junior college (31 %)
        stay=(6, 6),
        move=1,
        leave=2,
        join=0,
        vacant=1,
    ),
    "青云谱镇": Quota(
        teams=(9, 9, 9, 10),
        members=(1, 5, 5, 9),  # N10, N11: of the 20 party members 1 is under 35 and 9 (45 %) are 50 and over
        others=(4, 5, 4, 4),
        women=27,
        computer=11,  # N13, of the wider group, all 37: 26 (70 %) do not use a computer
        education=(2, 9, 14, 9, 3, 0),  # N12, of all 37: 25 (68 %) have senior secondary education or less
        stay=(8, 8),
        move=1,
        leave=2,
        join=0,
        vacant=0,
    ),
    "甲街道": Quota(
        teams=(6, 6),
        members=(1, 1, 1, 2),
        others=(2, 2, 2, 1),
        women=9,
        computer=8,
        education=(0, 1, 5, 4, 2, 0),
        stay=(3, 3),
        move=0,
        leave=1,
        join=1,
        vacant=1,
    ),
    "乙街道": Quota(
        teams=(6, 7),
        members=(1, 2, 1, 1),
        others=(3, 2, 2, 1),
        women=10,
        computer=9,
        education=(0, 2, 4, 5, 2, 0),
        stay=(3, 4),
        move=0,
        leave=1,
        join=1,
        vacant=0,
    ),
}
XUJIAFANG, QINGYUNPU = CALIBRATED = ("徐家坊街道", "青云谱镇")
"""Their staff have no missing values, so that the shares above are those of the file."""
DEPUTY_VACANT = ("2015", XUJIAFANG)
"""Term and subdistrict where no community has its deputy party secretary (N07: 4 communities)."""
