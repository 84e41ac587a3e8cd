"""JSON as every command and file writes it."""

import json
import re
from typing import Any

__all__ = ["json_text"]


_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Control characters that JSON does not escape, marks of direction, and half characters."""


def json_text(value: Any) -> str:
    """Return a value as strictly valid JSON, to be read by people too; it may be printed on a terminal."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
