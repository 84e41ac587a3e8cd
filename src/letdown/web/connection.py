"""One connection to the explorer: what may come over it, how much, and how long it may take.

uvicorn waits for ever for a request that does not come, takes any number of connections and headers, and goes on
reading after a refusal. An ASGI application sees a request only when its head is whole, so these limits stand in the
protocol class that uvicorn is given, below the application. One connection serves one request: on this machine a new
one costs less than a millisecond, and what is limited is then the connection itself.
"""

import asyncio
import logging
from typing import Any, ClassVar, final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from letdown.web.feed_query import LARGEST_SCENARIO

__all__ = ["LARGEST_HEAD", "Connection", "QuietStop"]

LARGEST_HEAD = LARGEST_SCENARIO + 32 * 1024
"""Bytes of a request line and its headers: a link may hold a packed scenario."""

MOST_HEADERS = 100
LARGEST_BODY = 4 * LARGEST_SCENARIO
"""Bytes that are read of a body, also to throw them away after a refusal: without this the refusal would be lost."""

MOST_CONNECTIONS = 128
"""A page uses six; the longest waiting without a whole request makes room for a new one."""


@final
class Connection(H11Protocol):
    """What uvicorn runs for each connection."""

    REQUEST_S: ClassVar[float] = 10.0
    """Time for a whole request, its head and its body, s."""

    READER_S: ClassVar[float] = 30.0
    """Time for the client to take what is written, s."""

    head: bytearray
    body_bytes: int
    timer: asyncio.TimerHandle | None
    has_head: bool
    began_s: float

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        self.head, self.body_bytes, self.timer, self.has_head = bytearray(), 0, None, False
        self.began_s = self.loop.time()
        super().connection_made(transport)
        # Those cut off already are among the connections until the loop comes round to them.
        held = [each for each in self.connections if isinstance(each, Connection) and not each.transport.is_closing()]
        if len(held) > MOST_CONNECTIONS:
            longest = min((each for each in held if not each.has_head), key=lambda each: each.began_s)
            if longest is self:
                self._refuse(503, "Too many connections are open; close some pages of the explorer.")
                return
            longest.transport.abort()
        self._allow(self.REQUEST_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._allow(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request; its head goes on when it is whole and within the limits."""
        if self.has_head:
            self.body_bytes += len(data)
            if self.body_bytes > LARGEST_BODY:
                self.transport.abort()
                return
            super().data_received(data)
        else:
            self._take_head(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._allow(None)  # the request is whole

    def _take_head(self, data: bytes) -> None:
        searched = max(0, len(self.head) - 3)
        self.head += data
        end = min((at for at in (self.head.find(b"\r\n\r\n", searched), self.head.find(b"\n\n", searched)) if at >= 0),
                  default=-1)  # fmt: skip
        length = end if end >= 0 else len(self.head)
        if length > LARGEST_HEAD:
            self._refuse(431, f"The request is longer than {LARGEST_HEAD // 1024} kB; ask for less at once.")
        elif self.head.count(b"\n", 0, length) > MOST_HEADERS:
            self._refuse(431, f"The request has more than {MOST_HEADERS} headers; send fewer.")
        elif end >= 0:
            self.has_head = True
            whole, self.head = bytes(self.head), bytearray()
            self.body_bytes = len(whole) - end
            super().data_received(whole)

    def _should_upgrade(self) -> bool:
        return False  # no web sockets, and no line about a library for them

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(400, "This is no request that can be read; open the page of letdown explore.")

    def _refuse(self, status: int, sentence: str) -> None:
        if not self.transport.is_closing():
            content = f'{{"error": "{sentence}"}}'.encode()
            self.transport.write(
                f"HTTP/1.1 {status} Refused\r\ncontent-type: application/json\r\nx-content-type-options: nosniff\r\n"
                f"content-length: {len(content)}\r\nconnection: close\r\n\r\n".encode()
                + content
            )
            self._linger()

    def _linger(self) -> None:
        """Close when all is written, whether or not the client takes it."""
        self._allow(self.READER_S)
        self.transport.close()

    # Time ---------------------------------------------------------------------------------------------------

    def _allow(self, seconds: float | None) -> None:
        """Give the client so long for what it does now."""
        if self.timer is not None:
            self.timer.cancel()
        self.timer = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)

    def pause_writing(self) -> None:
        """Begin to wait for a client that does not read."""
        self._allow(self.READER_S)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Go on writing: the client has read."""
        self._allow(None)
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Close after one answer."""
        super().on_response_complete()
        self._unset_keepalive_if_required()
        self._linger()

    def shutdown(self) -> None:
        """Stop: who has no whole request is not waited for."""
        if self.cycle is None:
            self.transport.abort()
        else:
            super().shutdown()


@final
class QuietStop(logging.Filter):
    """Leaves out what uvicorn says of requests that a stop cuts off; what fails is still said."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is news."""
        error: Any = record.exc_info[1] if record.exc_info else None
        return not (isinstance(error, asyncio.CancelledError) or "timeout graceful shutdown" in record.getMessage())
