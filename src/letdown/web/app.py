"""The routes of the explorer. Every question goes through the scenario's models; every refusal is one sentence."""

import asyncio
import hmac
import json
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from letdown._errors import LetdownError, SimulationError
from letdown.web.feed_query import LARGEST_SCENARIO, FeedQuery, packed, read_query, read_scenario, read_whole_number
from letdown.web.guard import Guard, drained
from letdown.web.warming import Warming
from letdown.web.workers import BusyError, Job, JobLeftError, Workers

__all__ = ["STATIC", "TOKEN_HEADER", "explorer"]

STATIC: Final = Path(__file__).with_name("static")
"""The built page."""

TOKEN_HEADER: Final = "x-letdown-token"
TOKEN_PLACE: Final = '<meta name="letdown-token" content=""'

FEED_LIMIT_S, JOB_LIMIT_S = 30.0, 900.0

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>letdown</title>
<p>The page has not been built; stop this server and run <code>make explore</code>, or install a wheel of letdown.</p>
</html>"""

log = logging.getLogger("letdown.web.failure")


class Explorer:
    """The server's state: who works, whether the model is compiled, the token of this start."""

    def __init__(self, port: int, static: Path) -> None:
        self.static = static
        self.cookie = f"letdown-{port}"  # the servers of all ports share their cookies
        self.token = secrets.token_urlsafe(24)
        self.warming = Warming()
        self.closing = Event()
        self.feeds = Workers("letdown-feed", 2, 24, FEED_LIMIT_S)
        self.jobs = Workers("letdown-job", 1, 4, JOB_LIMIT_S)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Compile while the server runs; take no more work when it stops."""
        self.warming.start()
        yield
        self.feeds.close()
        self.jobs.close()

    # Pages and what needs no simulation -------------------------------------------------------------------

    async def page(self, request: Request) -> Response:
        """Return the page with the token of this start."""
        try:
            text = (self.static / "index.html").read_text("utf-8")
        except OSError:
            return HTMLResponse(NOT_BUILT, 503)
        answer = HTMLResponse(text.replace(TOKEN_PLACE, f'{TOKEN_PLACE[:-1]}{self.token}"', 1))
        # A cookie, because a browser sends no header of ours with a stream of events or a download. It comes with every
        # question of the page and with none of another site, also where the page was opened by a link of that site.
        answer.set_cookie(self.cookie, self.token, path="/api", httponly=True, samesite="strict")
        return answer

    def from_the_page(self, token: str) -> None:
        """Refuse what the page of this start does not ask.

        Raises
        ------
        HTTPException
            If the token is another one.
        """
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            raise HTTPException(403, "This page is from an earlier start of letdown explore; load it again.")

    def asked(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Return a route that answers only what the page of this start asks: it costs time to answer."""

        async def answered(request: Request) -> Response:
            self.from_the_page(request.headers.get(TOKEN_HEADER) or request.cookies.get(self.cookie, ""))
            return await answer(request)

        return answered

    async def ready(self, request: Request) -> Response:
        """Say whether the model is compiled."""
        return JSONResponse(self.warming.state())

    async def catalog(self, request: Request) -> Response:
        """Return presets, controls, channels, parts, lessons."""
        from letdown.web.catalog import catalog

        return JSONResponse(await asyncio.to_thread(catalog))

    async def scenario(self, request: Request) -> Response:
        """Check a scenario file and return its link; nothing of it is kept."""
        self.from_the_page(request.headers.get(TOKEN_HEADER, ""))
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_SCENARIO:
                raise HTTPException(413, f"The file is larger than {LARGEST_SCENARIO // 1024} kB; write a shorter one.")
        scenario = await asyncio.to_thread(read_scenario, body)
        query = FeedQuery(packed(scenario), 0, (), ())
        return JSONResponse({"link": f"/?{query.text()}", "name": scenario.name, "title": scenario.title})

    # Feeds ------------------------------------------------------------------------------------------------

    async def worked(self, request: Request, workers: Workers, work: Callable[[], Any]) -> Any:
        """Return what a worker returns, once the model is compiled."""
        if not self.warming.feeds.is_set():
            raise HTTPException(503, str(self.warming.state()["text"]))
        return await workers.answer(request.is_disconnected, work)

    async def run(self, request: Request) -> Response:
        """Return a feed as columns."""
        from letdown.web.columns import MEDIA_TYPE
        from letdown.web.feeds import feed_bytes

        query = read_query(request.query_params.multi_items())
        return _bytes(await self.worked(request, self.feeds, partial(feed_bytes, query)), MEDIA_TYPE)

    async def zoom(self, request: Request) -> Response:
        """Return one session of a lactation as columns."""
        from letdown.web.columns import MEDIA_TYPE
        from letdown.web.jobs import MOST_DAYS, life_query, opened

        query = life_query(request.query_params.multi_items(), ("day", "feed"))
        day, feed = (
            read_whole_number(name, request.query_params.get(name, "1"), 1, most)
            for name, most in (("day", MOST_DAYS), ("feed", 200))
        )
        return _bytes(await self.worked(request, self.jobs, partial(opened, query, day, feed)), MEDIA_TYPE)

    async def why(self, request: Request) -> Response:
        """Return why a let-down came, or why none had come by a moment."""
        from letdown.web.feeds import why

        query = read_query(request.query_params.multi_items(), ("let_down", "moment"))
        number, moment = (request.query_params.get(name) for name in ("let_down", "moment"))
        answer = await self.worked(request, self.feeds, partial(why, query, number, moment))
        return Response(status_code=499) if answer is None else JSONResponse(answer)

    async def download(self, request: Request) -> Response:
        """Return a feed as a file."""
        from letdown.web.downloads import file_of
        from letdown.web.feeds import feed_of

        query = read_query(request.query_params.multi_items(), ("as",))
        form = request.query_params.get("as", "")
        file = await self.worked(request, self.feeds, lambda: file_of(feed_of(query)[1], form))
        if file is None:
            return Response(status_code=499)
        return Response(
            file.content,
            media_type=file.media_type,
            headers={"content-disposition": f'attachment; filename="{file.name}"'},
        )

    # Jobs of minutes --------------------------------------------------------------------------------------

    async def lives(self, request: Request) -> Response:
        """Stream the progress of a lactation, then its tables."""
        from letdown.web.jobs import life, life_query

        query = life_query(request.query_params.multi_items())
        return self.streamed(request, partial(life, query))

    async def cohort(self, request: Request) -> Response:
        """Stream the progress of a cohort, then its quartiles."""
        from letdown.web.jobs import MOST_DYADS, cohort

        query = read_query(request.query_params.multi_items(), ("dyads",))
        dyads = read_whole_number("dyads", request.query_params.get("dyads", "32"), 1, MOST_DYADS)
        return self.streamed(request, partial(cohort, query, dyads))

    def streamed(self, request: Request, work: Callable[[Job], Any]) -> Response:
        """Return a stream of server-sent events: `progress` 0 to 1, then `result` or `failure`."""
        if not self.warming.feeds.is_set():
            raise HTTPException(503, str(self.warming.state()["text"]))
        if self.jobs.inside >= self.jobs.room:
            raise BusyError("Too many simulations wait already; try again in a moment.")
        return StreamingResponse(self.events(request, work), media_type="text/event-stream")

    async def events(self, request: Request, work: Callable[[Job], Any]) -> AsyncIterator[str]:
        """Yield the events of a job; when the client leaves, the job is told so."""
        loop, news, left = asyncio.get_running_loop(), asyncio.Queue[float](), Event()
        job = Job(left, lambda done: _tell(loop, news, done))

        async def gone() -> bool:
            return left.is_set()

        answer = asyncio.ensure_future(self.jobs.answer(gone, partial(work, job)))
        try:
            yield _event("progress", {"done": 0.0})
            while not answer.done() and not self.closing.is_set():
                try:
                    done = await asyncio.wait_for(news.get(), 0.25)
                except TimeoutError:
                    continue
                while not news.empty():
                    done = news.get_nowait()
                yield _event("progress", {"done": round(done, 4)})
            if not answer.done():
                yield _event("failure", {"error": "The server is stopping; start it again with: letdown explore."})
                return
            try:
                yield _event("result", answer.result())
            except Exception as error:
                yield _event("failure", {"error": _sentence(error)[1]})
        finally:
            left.set()
            if not answer.done():
                answer.add_done_callback(_forget)


def _tell(loop: asyncio.AbstractEventLoop, news: "asyncio.Queue[float]", done: float) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(news.put_nowait, done)


def _forget(answer: "asyncio.Future[Any]") -> None:
    if not answer.cancelled():
        answer.exception()


def _event(name: str, value: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False, allow_nan=False)}\n\n"


def _bytes(content: bytes | None, media_type: str) -> Response:
    return Response(status_code=499) if content is None else Response(content, media_type=media_type)


def _sentence(error: Exception) -> tuple[int, str]:
    """Return status and sentence for what went wrong."""
    match error:
        case HTTPException():
            return error.status_code, error.detail
        case BusyError():
            return 503, str(error)
        case SimulationError():
            return 422, str(error)
        case LetdownError():
            return 400, " ".join(str(error).split())
        case JobLeftError():
            return 499, "Nobody waited for this any more; ask again."
    log.error("internal failure", exc_info=error)
    return 500, f"Internal failure ({type(error).__name__}); please report it with the link of the page."


async def _refused(request: Request, error: Exception) -> Response:
    status, sentence = _sentence(error)
    await drained(request.receive, request.scope)
    return JSONResponse({"error": sentence}, status)


def _route(path: str, answer: Callable[[Request], Awaitable[Response]], method: str = "GET") -> Route:
    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:
            return await _refused(request, error)

    return Route(path, answered, methods=[method])


async def _unknown(request: Request, error: Exception) -> Response:
    known = {404: "There is nothing here; open the page itself.", 405: "This cannot be asked that way; open the page."}
    status = getattr(error, "status_code", 404)
    return JSONResponse({"error": known.get(status, "This request cannot be answered; open the page itself.")}, status)


def explorer(port: int, static: Path = STATIC) -> tuple[Guard, Explorer]:
    """Return the guarded application for a port of this machine, and its state."""
    state = Explorer(port, static)
    routes: list[Any] = [
        _route("/", state.page),
        _route("/api/ready", state.ready),
        _route("/api/catalog", state.asked(state.catalog)),
        _route("/api/run", state.asked(state.run)),
        _route("/api/why", state.asked(state.why)),
        _route("/api/zoom", state.asked(state.zoom)),
        _route("/api/download", state.asked(state.download)),
        _route("/api/lives", state.asked(state.lives)),
        _route("/api/cohort", state.asked(state.cohort)),
        _route("/api/scenario", state.scenario, "POST"),
        Mount("/", StaticFiles(directory=static, check_dir=False)),
    ]
    app = Starlette(
        routes=routes, lifespan=state.lifespan, exception_handlers={404: _unknown, 405: _unknown, 400: _unknown}
    )
    hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
    return Guard(app, hosts), state
