"""JSON as every command and file writes it."""

import json
from typing import Any

__all__ = ["json_text"]


def json_text(value: Any) -> str:
    """Return a value as strictly valid JSON, to be read by people too."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
