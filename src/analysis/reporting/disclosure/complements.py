"""Complementary suppression: what else must be hidden so that no hidden count can be told from its sums.

Cells that sum up are linear equations. Of a hidden count, who knows all that is shown can tell no more than the least and the
most that these equations leave: they are found by linear programming (Fischetti & Salazar 2000, Operations Research 48:
268–277, call a pattern safe by the same test; Hundepool et al. 2012, Statistical Disclosure Control, ch. 4). Finding the
cheapest safe pattern is hard; here the smallest count of an unsafe line is hidden until all are safe, from the largest places
to the smallest, so that a table tells nothing that a table of larger places hides.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.reporting.disclosure.margins import BASE, UNITS, Cells, Numbers, Sums
from analysis.reporting.disclosure.rules import LEAST

Flags = NDArray[np.bool_]
ALMOST = 1e-6
"""What a solver may be off."""
ROUNDS = 4
"""Directions in which all cells together are looked at first."""


def width(sums: Sums, hidden: Flags) -> Numbers:
    """How far apart the least and the most that each hidden count may be are to stay: `LEAST`, or half of a small base.

    Where a group shows that none or all of it are counted, so much is told of its parts, and nothing of them is kept.
    """
    sizes = sums.cells["denominator"].fillna(np.inf).to_numpy()
    is_told = np.zeros(len(hidden), bool)
    has_whole = sums.wholes[sums.line] != BASE
    part, whole = sums.part[has_whole], sums.wholes[sums.line[has_whole]]
    all_or_none = ~hidden & ((sums.counts == 0) | (sums.counts == sizes))
    for _ in UNITS:
        is_told[part] |= all_or_none[whole] | is_told[whole]
    return np.where(is_told, 0, np.minimum(LEAST, sums.caps / 2))


def closed(sums: Sums, hidden: Flags) -> Flags:
    """The hidden cells with others, so that in each line there are several, and the line leaves each of them its width.

    Cells that are in one line only are safe then; what several lines tell together, `safe` looks at.
    """
    hidden = hidden.copy()
    if not len(sums.line):
        return hidden
    while True:
        unsafe = _unsafe_lines(sums, hidden)
        added = _smallest(sums, hidden, unsafe)
        if not len(added):
            return hidden
        hidden[added] = True


def safe(sums: Sums, hidden: Flags) -> Flags:
    """The hidden cells with others, so that all lines together leave each of them its width; the same where they do."""
    hidden = hidden.copy()
    inside = nested(sums, hidden)
    wanted = width(sums, hidden) - ALMOST
    narrow = np.flatnonzero(hidden & (inside[1] - inside[0] < wanted))
    for component, lines in _components(sums, hidden, narrow):
        least, most = bounds(sums, hidden, component, lines, inside, wanted[component])
        tight = component[most - least < wanted[component]]
        hidden[_smallest(sums, hidden, np.isin(np.arange(len(sums.wholes)), _lines_of(sums, tight)))] = True
    return hidden


def nested(sums: Sums, hidden: Flags) -> tuple[Numbers, Numbers]:
    """The least and the most that each hidden cell may be as its line lies in that of a larger place, and so on.

    Where each cell is a part of one line this is all that can be told: what a place can take or give is what its parts can, and
    a part what its place and the other parts can. A cell of several lines is taken as it is, so that the range is one that all
    lines leave, if not the widest.
    """
    count, is_hidden = len(sums.wholes), hidden[sums.part]
    line, part = sums.line[is_hidden], sums.part[is_hidden]
    has_whole = np.flatnonzero((sums.wholes != BASE) & hidden[sums.wholes])
    whole = sums.wholes[has_whole]
    several = (np.bincount(part, minlength=len(hidden)) > 1) | (np.bincount(whole, minlength=len(hidden)) > 1)
    is_free = hidden & ~several
    down = np.where(is_free, sums.counts, 0)
    up = np.where(is_free, _highest(sums) - sums.counts, 0)
    for _ in UNITS:
        for room in (down, up):
            room[whole] = np.minimum(room[whole], np.bincount(line, room[part], count)[has_whole])
    is_part = np.bincount(part, minlength=len(hidden)) > 0
    falls, rises = (np.where(is_part, 0, room) for room in (down, up))
    for _ in UNITS:
        for reach, own, others in ((falls, down, up), (rises, up, down)):
            from_whole = np.zeros(count)
            from_whole[has_whole] = reach[whole]
            left = np.bincount(line, others[part], count)[line] - others[part] + from_whole[line]
            reach[part] = np.minimum(own[part], left)
    return sums.counts - falls, sums.counts + rises


def bounds(
    sums: Sums, hidden: Flags, component: Cells, lines: Cells, inside: tuple[Numbers, Numbers], wanted: Numbers
) -> tuple[Numbers, Numbers]:
    """The least and the most that each hidden cell of a component may be, or as far as it is wide enough.

    Parameters
    ----------
    inside
        For each cell a least and a most that are possible.
    wanted
        How wide is wide enough, for each cell of the component.
    """
    of_line = np.isin(sums.line, lines) & hidden[sums.part]
    place = np.full(len(hidden), -1)
    place[component] = np.arange(len(component))
    wholes = sums.wholes[lines]
    has_whole = (wholes != BASE) & hidden[wholes]
    row = np.concatenate([np.searchsorted(lines, sums.line[of_line]), np.flatnonzero(has_whole)])
    column = place[np.concatenate([sums.part[of_line], wholes[has_whole]])]
    signs = np.where(np.arange(len(row)) < of_line.sum(), 1.0, -1.0)
    system = coo_array((signs, (row, column)), shape=(len(lines), len(component))).tocsr()
    known = system @ sums.counts[component]
    limits = np.column_stack([np.zeros(len(component)), _highest(sums)[component]])
    least, most = (one[component] for one in inside)

    def reach(goal: Numbers) -> None:
        found = linprog(goal, A_eq=system, b_eq=known, bounds=limits, method="highs").x
        least[:], most[:] = np.minimum(least, found), np.maximum(most, found)

    directions = np.random.default_rng(0)
    for _ in range(ROUNDS):  # most cells are wide in any direction: the rest is looked at one by one
        narrow = most - least < wanted
        if narrow.sum() > 1:
            reach(np.where(narrow, directions.choice([-1.0, 1.0], len(component)), 0))
    for cell in np.flatnonzero(most - least < wanted):
        for sign in (1, -1):
            goal = np.zeros(len(component))
            goal[cell] = sign
            if most[cell] - least[cell] < wanted[cell]:
                reach(goal)
    return least, most


def _highest(sums: Sums) -> Numbers:
    """The most that each cell may be; of one without a base as much more as is enough to be wide."""
    highest: Numbers = np.where(np.isinf(sums.caps), sums.counts + 10 * LEAST, np.maximum(sums.caps, sums.counts))
    return highest


def _unsafe_lines(sums: Sums, hidden: Flags) -> Flags:
    """The lines of which a hidden cell would follow, or nearly."""
    count = len(sums.wholes)
    is_hidden = hidden[sums.part]
    parts = np.bincount(sums.line, is_hidden, count)
    whole_hidden = (sums.wholes != BASE) & hidden[sums.wholes]
    alone = (parts + whole_hidden == 1)[sums.line] & (
        whole_hidden[sums.line] | (is_hidden & (width(sums, hidden)[sums.part] > 0))
    )
    unsafe: Flags = np.bincount(sums.line, alone, count) > 0
    told = is_hidden & ~whole_hidden[sums.line]
    line, cap = sums.line[told], sums.caps[sums.part[told]]
    total = np.bincount(line, sums.counts[sums.part[told]], count)
    unbounded = np.bincount(line, np.isinf(cap), count)
    finite = np.where(np.isinf(cap), 0, cap)
    room = np.bincount(line, finite, count)
    others_unbounded = unbounded[line] - np.isinf(cap) > 0
    least = np.where(others_unbounded, 0, np.maximum(0, total[line] - (room[line] - finite)))
    most = np.minimum(cap, total[line])
    narrow = most - least < width(sums, hidden)[sums.part[told]] - ALMOST
    unsafe[line[narrow]] = True
    return _shortest(sums, hidden, unsafe)


def _shortest(sums: Sums, hidden: Flags, unsafe: Flags) -> Flags:
    """Of the unsafe lines that a hidden cell is a part of the shortest: what is hidden for it often serves the others."""
    size = np.bincount(sums.line, minlength=len(unsafe))
    of_hidden = hidden[sums.part] & unsafe[sums.line]
    line, part = sums.line[of_hidden], sums.part[of_hidden]
    least = np.full(len(hidden), len(hidden))
    np.minimum.at(least, part, size[line])
    kept = unsafe.copy()
    kept[line] = False
    kept[line[size[line] == least[part]]] = True
    return kept


def _smallest(sums: Sums, hidden: Flags, unsafe: Flags) -> Cells:
    """Of each unsafe line the smallest part that it still shows, zeros last; the first of equal ones.

    The smallest is that of the smallest group, so that all measures hide the same groups.
    """
    free = unsafe[sums.line] & ~hidden[sums.part]
    line, part = sums.line[free], sums.part[free]
    counts = sums.counts[part]
    order = np.lexsort((part, counts, sums.sizes[part], counts == 0, line))
    _, first = np.unique(line[order], return_index=True)
    smallest: Cells = np.unique(part[order][first])
    return smallest


def _components(sums: Sums, hidden: Flags, wanted: Cells) -> Iterator[tuple[Cells, Cells]]:
    """Hidden cells that lines connect, with these lines, where several lines tell of a wanted one together."""
    is_hidden = hidden[sums.part]
    wholes = np.flatnonzero((sums.wholes != BASE) & hidden[sums.wholes])
    line = np.concatenate([sums.line[is_hidden], wholes])
    cell = np.concatenate([sums.part[is_hidden], sums.wholes[wholes]])
    count = len(hidden)
    size = count + len(sums.wholes)
    graph = coo_array((np.ones(len(line)), (cell, count + line)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    of_lines = label[count + np.unique(line)]
    names, lines = np.unique(of_lines, return_counts=True)
    order = np.argsort(label, kind="stable")
    ends = np.searchsorted(label[order], np.arange(label.max() + 2))
    for name in np.intersect1d(names[lines > 1], label[wanted]):
        members = order[ends[name] : ends[name + 1]]
        yield members[members < count], members[members >= count] - count


def _lines_of(sums: Sums, cells: Cells) -> Cells:
    """The lines that cells are a part or the sum of."""
    lines: Cells = np.union1d(sums.line[np.isin(sums.part, cells)], np.flatnonzero(np.isin(sums.wholes, cells)))
    return lines
