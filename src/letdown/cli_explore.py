"""The command `letdown explore`: the local page on which feeds are played, changed and explained."""

from importlib.util import find_spec
from typing import Annotated

import typer

from letdown._errors import OutputError
from letdown._terminal import number_in

__all__ = ["explore"]


def explore(
    port: Annotated[
        int, typer.Option(metavar="N", parser=number_in(int, 0, 65535), help="Port of this machine; 0: a free one.")
    ] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Print each request, without what was asked.")] = False,
) -> None:
    """Open the explorer: play a feed, change it while it plays, ask why a let-down came or did not.

    It is served to this machine alone and asks nothing of any other.
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise OutputError(f"The explorer needs {' and '.join(missing)}; install it with: pip install 'letdown[web]'.")
    from letdown.web.serve import serve

    serve(port, browser=not no_browser, requests=log)
