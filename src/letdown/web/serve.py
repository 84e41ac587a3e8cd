"""Runs the explorer on this machine alone."""

import asyncio
import logging
import socket
import sys
import webbrowser
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

from letdown._errors import OutputError
from letdown.web.app import explorer
from letdown.web.guard import Guard, access_log

if TYPE_CHECKING:
    import uvicorn

__all__ = ["HOST", "configuration", "listening", "serve"]

HOST = "127.0.0.1"
"""The only address served: not the network, not IPv6."""


def listening(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine; 0 takes a free one.

    Raises
    ------
    OutputError
        If the port cannot be had.
    """
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
    except OSError as error:
        taken.close()
        raise OutputError(
            f"Port {port} cannot be used ({error.strerror or error}); give another with --port, or 0 for a free one."
        ) from None
    return taken


def configuration(app: Guard) -> "uvicorn.Config":
    """Return how the explorer is served: with the limits of `letdown.web.connection`, and in silence."""
    import uvicorn

    from letdown.web.connection import LARGEST_HEAD, Connection, QuietStop

    log = logging.getLogger("uvicorn.error")
    if not any(isinstance(each, QuietStop) for each in log.filters):
        log.addFilter(QuietStop())
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        h11_max_incomplete_event_size=2 * LARGEST_HEAD,  # a whole head is handed over at once
        headers=[("connection", "close")],
        timeout_graceful_shutdown=2,
        access_log=False,
        log_level="error",
        server_header=False,
        proxy_headers=False,
    )


def serve(port: int, *, browser: bool, requests: bool) -> None:
    """Serve the explorer until it is interrupted.

    Parameters
    ----------
    port : int
        Port of 127.0.0.1; 0 takes a free one.
    browser : bool
        Open the page in the browser.
    requests : bool
        Write a line for each request to standard error, without what was asked.
    """
    import uvicorn

    if requests:
        access_log.addHandler(logging.StreamHandler(sys.stderr))
        access_log.setLevel(logging.INFO)
    with listening(port) as taken:
        number = taken.getsockname()[1]
        app, state = explorer(number)
        address = f"http://{HOST}:{number}/"

        class Server(uvicorn.Server):
            """Tells the streams of jobs that it is asked to stop, so that they end by themselves."""

            def handle_exit(self, sig: int, frame: FrameType | None) -> None:
                state.closing.set()
                super().handle_exit(sig, frame)

        server = Server(configuration(app))
        print(f"letdown explore: {address} (stop with Ctrl-C)", file=sys.stderr, flush=True)
        if browser:
            webbrowser.open(address)
        with suppress(KeyboardInterrupt):  # that is how it is stopped
            asyncio.run(server.serve(sockets=[taken]))
