"""The explorer without a network: its guarded application, its model compiled, asked by a test client."""

import json
import struct
from typing import Any

import numpy as np
from starlette.testclient import TestClient

from letdown.web.app import explorer

__all__ = ["PORT", "columns_of", "opened_client"]

PORT = 8911

WAIT_S = 300.0
"""The first compile on a busy machine of two cores, with room."""


def opened_client(static: Any = None) -> TestClient:
    """Return a client that has not entered its lifespan yet; it asks as the page would."""
    app, state = explorer(PORT) if static is None else explorer(PORT, static)
    client = TestClient(app, base_url=f"http://127.0.0.1:{PORT}", raise_server_exceptions=False)
    client.letdown = state  # type: ignore[attr-defined]
    client.cookies.set(state.cookie, state.token)  # as the page gets it
    return client


def columns_of(content: bytes) -> tuple[dict[str, Any], dict[tuple[str, str | None], Any]]:
    """Return header and columns of `application/vnd.letdown.columns`, read by its description alone."""
    (length,) = struct.unpack_from("<I", content)
    assert length % 4 == 0
    header = json.loads(content[4 : 4 + length])
    values = np.frombuffer(content, "<f4", offset=4 + length).reshape(len(header["columns"]), header["rows"])
    return header, {(c["name"], c["side"]): values[i] for i, c in enumerate(header["columns"])}
