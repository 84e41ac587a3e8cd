"""PNG files of drawn figures: colours without transparency, packed in one go.

A figure is large areas of one colour, which pack as well without the filters that a general writer tries on each row,
in half of the time.
"""

import struct
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["png"]

_LEVEL = 3
"""Of zlib: as small as the filters of a general writer leave a figure."""


def png(pixels: NDArray[np.uint8], dpi: float, texts: Mapping[str, str]) -> bytes:
    """Return a picture as a PNG file.

    Parameters
    ----------
    pixels : array (rows, columns, 3)
        Red, green and blue, 0 to 255.
    dpi : float
        Pixels an inch.
    texts : mapping of str to str
        Keyword -> text in Latin-1, such as Software.
    """
    rows, columns, _ = pixels.shape
    lines = np.zeros((rows, 1 + 3 * columns), dtype=np.uint8)  # each begins with the number of its filter, 0 for none
    lines[:, 1:] = pixels.reshape(rows, -1)
    a_metre = round(dpi / 0.0254)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)),
            *(_chunk(b"tEXt", f"{name}\0{text}".encode("latin-1")) for name, text in texts.items()),
            _chunk(b"pHYs", struct.pack(">IIB", a_metre, a_metre, 1)),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), _LEVEL)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
