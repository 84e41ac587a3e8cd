"""A run as bytes: a header in JSON, then its columns as little-endian 32-bit floats.

    uint32 LE, length of the header | header: UTF-8 JSON, padded with spaces to a multiple of 4 | column after column

A time series of two breasts is two columns, `side` left and right.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from letdown.engine.run import Run
from letdown.recording import SIDES, VARIABLES

__all__ = ["MEDIA_TYPE", "encoded", "time_columns"]

MEDIA_TYPE = "application/vnd.letdown.columns"

Columns = list[tuple[dict[str, Any], Any]]


def time_columns(run: Run) -> Columns:
    """Return label and values of the time and of every channel of a run."""
    columns: Columns = [({"name": "time_s", "unit": "s", "side": None}, run.time_s)]
    for name, values in run.channels.items():
        unit = VARIABLES[name].units
        if VARIABLES[name].sided:
            columns += [({"name": name, "unit": unit, "side": side}, values[:, i]) for i, side in enumerate(SIDES)]
        else:
            columns.append(({"name": name, "unit": unit, "side": None}, values))
    return columns


def encoded(header: Mapping[str, Any], columns: Columns) -> bytes:
    """Return header and columns as bytes; `rows` and `columns` are added to the header."""
    rows = columns[0][1].size
    about = {"rows": rows, "columns": [label for label, _ in columns], **header}
    text = json.dumps(about, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    values = np.stack([values for _, values in columns]).astype("<f4")
    return len(text).to_bytes(4, "little") + text + values.tobytes()
