"""Pixels as a PNG file, at the speed of zlib-ng: Pillow tries five filters on each line, of which drawings gain little."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LEVEL = 2
"""Of zlib-ng: as small as zlib's third, in a quarter of the time."""
RGB, EIGHT_BITS, METRE, INCHES = 2, 8, 1, 39.3701


def encoded(pixels: NDArray[np.uint8], dots: int) -> bytes:
    """A picture from red, green and blue of each pixel of its lines.

    Parameters
    ----------
    dots
        Pixels per inch, as it is to be printed.
    """
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), np.uint8)  # 0 before a line: it is not filtered
    lines[:, 1:] = pixels.reshape(height, -1)
    size = struct.pack(">IIBBBBB", width, height, EIGHT_BITS, RGB, 0, 0, 0)
    per_metre = round(dots * INCHES)
    chunks = {
        b"IHDR": size,
        b"pHYs": struct.pack(">IIB", per_metre, per_metre, METRE),
        b"IDAT": zlib_ng.compress(lines, LEVEL),
        b"IEND": b"",
    }
    return SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks.items())


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
