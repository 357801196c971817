"""The container of .xls files: sectors in chains. One that leads back into itself would be followed until memory is full.

Source: [MS-CFB], Compound File Binary File Format, 2.2 (header), 2.3 (FAT), 2.4 (mini FAT), 2.5 (DIFAT).
"""

import numpy as np

RESERVED = 0xFFFFFFFA
"""From this number on, a sector is none: free, the end of a chain, or one of the tables themselves."""
HEADER = 512


def has_loop(content: bytes) -> bool:
    """Whether a chain of sectors in a compound file has no end."""
    size = 4096 if content[30:32] == b"\x0c\0" else 512

    def word(place: int) -> int:
        return int.from_bytes(content[place : place + 4], "little")

    def sector(number: int) -> np.ndarray:
        start = (number + 1) * size
        return np.frombuffer(content[start : start + size].ljust(size, b"\xff"), dtype="<u4")

    tables = np.frombuffer(content[76:HEADER].ljust(HEADER - 76, b"\xff"), dtype="<u4").tolist()
    place, seen = word(68), set()
    while place < RESERVED:
        if place in seen:
            return True
        seen.add(place)
        *more, place = sector(place).tolist()
        tables += more
    following = _joined([sector(number) for number in tables if number < RESERVED])
    if not _all_end(following):
        return True
    small, place = [], word(60)
    while place < RESERVED:
        small.append(sector(place))
        place = int(following[place]) if place < len(following) else RESERVED
    return not _all_end(_joined(small))


def _joined(tables: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.array([], dtype="<u4"), *tables])


def _all_end(following: np.ndarray) -> bool:
    """Whether no chain comes back to a sector: after twice, four times, … as many steps each has left the file."""
    beyond = len(following)
    reached = np.append(np.minimum(following, beyond), beyond).astype(np.int64)
    for _ in range(beyond.bit_length()):
        reached = reached[reached]
    return bool((reached == beyond).all())
