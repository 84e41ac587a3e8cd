"""The limits of a connection to the explorer's server: how long, how much, how many; and that it stops in silence."""

import asyncio
import contextlib
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import uvicorn

from explorer_client import WAIT_S
from letdown.web import connection, guard
from letdown.web.app import TOKEN_HEADER, TOKEN_PLACE, explorer
from letdown.web.connection import LARGEST_BODY, LARGEST_HEAD, MOST_HEADERS, Connection
from letdown.web.serve import HOST, configuration, listening

PATIENCE_S = 1.0
"""Time for a request in these tests, s."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A real server that waits a second for a request, its model not compiled: nothing here simulates."""
    static = tmp_path_factory.mktemp("static")
    (static / "index.html").write_text(f"<!doctype html><html><head>{TOKEN_PLACE}></head></html>")
    before = Connection.REQUEST_S, Connection.READER_S, connection.MOST_CONNECTIONS
    Connection.REQUEST_S = Connection.READER_S = PATIENCE_S
    connection.MOST_CONNECTIONS = 20
    with listening(0) as taken:
        port = taken.getsockname()[1]
        app, state = explorer(port, static)
        state.warming.start = lambda: None
        server = uvicorn.Server(configuration(app))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[taken])))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield port, state, server
        server.should_exit = True
        thread.join(30.0)
        assert not thread.is_alive()
    Connection.REQUEST_S, Connection.READER_S, connection.MOST_CONNECTIONS = before


def opened(port):
    return socket.create_connection((HOST, port), timeout=30.0)


def head(port, path="/api/ready", *more, method="GET"):
    return "\r\n".join((f"{method} {path} HTTP/1.1", f"Host: {HOST}:{port}", *more)).encode() + b"\r\n"


def answer(line):
    """Return all that comes until the server closes."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while chunk := line.recv(65536):
            data += chunk
    return data


def status(line):
    data = answer(line)
    return int(data.split(b" ", 2)[1]) if data else None


def ask(port, content):
    with opened(port) as line:
        line.sendall(content)
        return status(line)


def is_well(port):
    assert ask(port, head(port) + b"\r\n") == 200


def closed_after_s(line):
    began = time.monotonic()
    answer(line)
    return time.monotonic() - began


# How long -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"G",
        b"GET /api/ready HTTP/1.1\r\n",
        b"GET /api/ready HTTP/1.1\r\nHost: x\r\nX-a: ",
        b"\r\n",
        b"\x16\x03\x01\x02",
    ],
)
def test_a_request_that_never_comes_is_not_waited_for(served, begun):
    port, _, _ = served
    with opened(port) as line:
        line.sendall(begun)
        assert closed_after_s(line) < PATIENCE_S + 5.0
    is_well(port)


def test_a_request_that_comes_in_drops_is_not_waited_for(served):
    port, _, _ = served
    with opened(port) as line:
        line.sendall(head(port) + b"X-a: ")
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() < began + 20.0:
                line.sendall(b"b")
                time.sleep(0.1)
        assert time.monotonic() - began < PATIENCE_S + 5.0


@pytest.mark.parametrize("length", ["Content-Length: 60000", "Transfer-Encoding: chunked"])
def test_a_body_that_never_comes_is_not_waited_for(served, length):
    port, state, _ = served
    with opened(port) as line:
        line.sendall(head(port, "/api/scenario", length, f"{TOKEN_HEADER}: {state.token}", method="POST") + b"\r\n1")
        assert closed_after_s(line) < PATIENCE_S + 5.0
    is_well(port)


def test_a_client_that_does_not_read_is_not_waited_for(served, monkeypatch):
    port, state, server = served
    large = state.static / "large.bin"
    large.write_bytes(bytes(30_000_000))
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect((HOST, port))
        line.sendall(head(port, "/large.bin") + b"\r\n")
        deadline = time.monotonic() + PATIENCE_S + 10.0
        time.sleep(0.3)
        while server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not server.server_state.connections
    with opened(port) as line:  # one that reads gets all of it
        line.sendall(head(port, "/large.bin") + b"\r\n")
        assert len(answer(line)) > 30_000_000


# How much -----------------------------------------------------------------------------------------


def test_more_headers_than_a_browser_sends_are_refused_at_once(served):
    port, _, _ = served
    for count in (MOST_HEADERS + 1, 10_000):
        began = time.monotonic()
        assert ask(port, head(port) + b"".join(b"X%d: a\r\n" % i for i in range(count)) + b"\r\n") in (431, None)
        assert time.monotonic() - began < 2.0
    assert ask(port, head(port) + b"".join(b"X%d: a\r\n" % i for i in range(60)) + b"\r\n") == 200


@pytest.mark.parametrize(
    "content",
    [b"X: " + b"a" * 200_000 + b"\r\n\r\n", b"X: " + b"a" * 200_000, b"X: " + b"\r\n a" * 90_000],
    ids=["whole", "without an end", "folded"],
)
def test_long_headers_are_refused(served, content):
    port, _, _ = served
    assert ask(port, head(port) + content) in (431, None)
    is_well(port)


def test_a_long_link_is_within_the_limit(served):
    port, state, _ = served
    token = f"{TOKEN_HEADER}: {state.token}"
    assert ask(port, head(port, "/api/run?preset=" + "a" * (LARGEST_HEAD - 1000), token) + b"\r\n") != 431
    assert ask(port, head(port, "/api/run?preset=" + "a" * (LARGEST_HEAD + 1000), token) + b"\r\n") == 431


@pytest.mark.parametrize("token", [True, False])
@pytest.mark.parametrize("path", ["/api/scenario", "/api/ready", "/nothing"])
@pytest.mark.parametrize("length", ["Content-Length: 1073741824", "Transfer-Encoding: chunked"])
def test_a_body_is_not_read_after_the_refusal(served, token, path, length):
    port, state, _ = served
    lines = (length, f"{TOKEN_HEADER}: {state.token}") if token else (length,)
    with opened(port) as line:
        line.sendall(head(port, path, *lines, method="POST") + b"\r\n")
        sent, chunk = 0, b"10000\r\n" + b"x" * 65536 + b"\r\n"
        with contextlib.suppress(OSError):
            while sent < 2**28:
                line.sendall(chunk)
                sent += len(chunk)
    assert sent < LARGEST_BODY + 32 * 2**20  # what the system's own buffers take
    is_well(port)


@pytest.mark.parametrize("size", [70_000, 200_000])
def test_a_client_that_sends_too_much_reads_why(served, size):
    port, state, _ = served
    lines = (f"Content-Length: {size}", f"{TOKEN_HEADER}: {state.token}")
    assert ask(port, head(port, "/api/scenario", *lines, method="POST") + b"\r\n" + b"#" * size) == 413
    assert ask(port, head(port, "/api/scenario", lines[0], method="POST") + b"\r\n" + b"#" * size) == 403
    assert ask(port, head(port, "/", lines[0], "Origin: http://evil", method="POST") + b"\r\n" + b"#" * size) == 403


def test_who_asks_before_sending_a_body_is_answered_at_once(served):
    port, _, _ = served
    began = time.monotonic()
    lines = ("Content-Length: 1000", "Expect: 100-continue")
    assert ask(port, head(port, "/api/scenario", *lines, method="POST") + b"\r\n") == 403
    assert time.monotonic() - began < guard.DRAINED_S


# How many -----------------------------------------------------------------------------------------


def test_many_half_requests_do_not_keep_others_out(served):
    port, _, server = served
    with contextlib.ExitStack() as lines:
        for _ in range(100):
            line = lines.enter_context(opened(port))
            with contextlib.suppress(OSError):
                line.sendall(head(port) + b"X-a: ")
        for _ in range(10):
            is_well(port)
        assert len(server.server_state.connections) <= 21
        deadline = time.monotonic() + PATIENCE_S + 5.0
        while server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not server.server_state.connections


def test_one_connection_serves_one_request(served):
    port, _, _ = served
    with opened(port) as line:
        line.sendall((head(port) + b"\r\n") * 3)
        assert answer(line).count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "content", [b"\x16\x03\x01" + bytes(500) + b"\n\n", b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"\n\n"]
)
def test_what_is_no_request_is_refused(served, content):
    port, _, _ = served
    assert ask(port, content) in (400, None)
    is_well(port)


def test_a_web_socket_is_not_opened_and_nothing_is_said(served, capfd):
    port, _, _ = served
    more = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13")
    assert ask(port, head(port, "/api/ready", *more) + b"\r\n") == 200
    assert "WebSocket" not in capfd.readouterr().err


# Whom -----------------------------------------------------------------------------------------------

COSTLY = ("run", "why?moment=3", "zoom", "download?as=csv", "lives?days=1", "cohort", "catalog")


@pytest.mark.parametrize("path", COSTLY)
def test_what_costs_time_is_answered_to_the_page_alone(served, path):
    port, state, _ = served
    for token in (
        (),
        (f"{TOKEN_HEADER}: wrong",),
        (f"Cookie: letdown-{port}=wrong",),
        (f"Cookie: other={state.token}",),
    ):
        assert ask(port, head(port, f"/api/{path}", *token) + b"\r\n") == 403
    for token in (f"{TOKEN_HEADER}: {state.token}", f"Cookie: a=b; letdown-{port}={state.token}"):
        assert ask(port, head(port, f"/api/{path}", token) + b"\r\n") != 403


def test_the_page_gets_its_token_and_no_other_site_sends_it(served):
    port, state, _ = served
    with opened(port) as line:
        line.sendall(head(port, "/?preset=noise", "Sec-Fetch-Site: cross-site") + b"\r\n")
        page = answer(line).decode()
    (cookie,) = re.findall(r"^set-cookie: (.*)\r$", page, re.MULTILINE)
    assert cookie.startswith(f"letdown-{port}={state.token};")
    assert {"HttpOnly", "Path=/api", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


# The stop -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_the_server_stops_in_silence_with_requests_of_every_kind_open(number):
    command = [sys.executable, "-m", "letdown", "explore", "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        port = int(re.search(r":(\d+)/", process.stderr.readline())[1])
        deadline = time.monotonic() + WAIT_S
        ready = False
        while not ready and time.monotonic() < deadline:
            time.sleep(0.2)
            with contextlib.suppress(OSError), opened(port) as line:
                line.sendall(head(port) + b"\r\n")
                ready = b'"lives_ready":true' in answer(line)
        assert ready
        with opened(port) as line:
            line.sendall(head(port, "/") + b"\r\n")
            found = re.search(rb"set-cookie: ([^;]*);", answer(line))
        token = f"Cookie: {found[1].decode() if found else ''}"
        lines = [opened(port) for _ in range(12)]
        for line in lines[:4]:
            line.sendall(head(port) + b"X-a: ")
        for line in lines[4:6]:
            line.sendall(head(port, "/api/scenario", "Content-Length: 100", token, method="POST") + b"\r\n")
        for line in lines[6:]:
            line.sendall(head(port, "/api/lives?days=180", token) + b"\r\n")
        time.sleep(0.5)
        process.send_signal(number)
        said = process.stderr.read()
        assert process.wait(60.0) == 0
        for line in lines:
            line.close()
    assert said == ""


def test_memory_is_given_back_when_no_simulation_runs():
    code = (
        "import asyncio, resource\nfrom letdown.web.workers import Workers\n"
        "def held(): return [bytes(1000) for _ in range(300_000)]\n"
        "def now(): return int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize() / 2**20\n"
        "async def go():\n    workers = Workers('w', 1, 1, 60.0)\n    async def left(): return False\n"
        "    before = now()\n    during = await workers.answer(left, lambda: len(held()) and now())\n"
        "    await asyncio.sleep(0.2)\n    print(before, during, now())\n"
        "asyncio.run(go())\n"
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("reads the memory of Linux")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, _, after = map(float, done.stdout.split())
    assert after - before < 50.0  # of 300 MB
    assert resource.getpagesize() > 0
