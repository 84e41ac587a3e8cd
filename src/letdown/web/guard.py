"""What stands before every route: who may ask, and what the browser is told about the answer.

A page on this machine's loopback can be asked by any site that the user visits. So: only names of this machine in
`Host` (another name that resolves here is refused), no foreign `Origin`, no cross-site request but opening the
page itself, no method beside GET, HEAD and POST, no answer that may be framed, kept or read by another site.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, final

__all__ = ["CONTENT_SECURITY_POLICY", "Guard", "access_log", "drained"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

_HEADERS = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}

access_log = logging.getLogger("letdown.web")
"""One line a request: method, path, status; never the query, which says what was asked."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


DRAINED_S = 2.0
"""How long the rest of a body that is refused is read, s."""


async def drained(receive: Receive, scope: Scope) -> None:
    """Read what is still to come of a refused body: a client that is cut off while it sends never sees the refusal.

    The connection limits its length. Whoever waits to be told to go on (`Expect`) has sent nothing.
    """
    names = {name.lower() for name, _ in scope["headers"]}
    if names & {b"content-length", b"transfer-encoding"} and b"expect" not in names:
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAINED_S):
                while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                    pass


@final
class Guard:
    """ASGI middleware. `hosts` are the values that `Host` may have, in lower case."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], hosts: frozenset[str]) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what may not be asked; add the headers to every answer."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message["headers"] if name.lower() not in _HEADERS]
                message["headers"] = kept + list(_HEADERS.items())
                access_log.info("%s %s %d", scope["method"], scope["path"], message["status"])
            await send(message)

        refusal = self.refusal(scope)
        if refusal is None:
            await self.app(scope, receive, guarded)
            return
        status, sentence = refusal
        await drained(receive, scope)
        body = f'{{"error": "{sentence}"}}'.encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await guarded({"type": "http.response.start", "status": status, "headers": headers})
        await guarded({"type": "http.response.body", "body": body})

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return status and sentence for a request that may not be answered, else None."""
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        hosts = [value.decode("latin-1").lower() for value in headers.get(b"host", [])]
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            return 400, "This server answers only to the address that letdown explore shows; open that."
        origins = [value.decode("latin-1").lower() for value in headers.get(b"origin", [])]
        if any(origin.removeprefix("http://") not in self.hosts for origin in origins):
            return 403, "Another site may not ask this server; open its own page."
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "Only GET, HEAD and POST are answered here; use one of them."
        from_where = headers.get(b"sec-fetch-site", [b"none"])[0]
        if scope["path"] != "/" and from_where not in (b"same-origin", b"none"):
            return 403, "Another site may not ask this server; open its own page."
        return None
