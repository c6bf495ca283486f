"""A head that grows too long is answered and cut off; all others pass."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from services.chassis.guarded import HEADERS
from services.chassis.heads import HEAD_BYTES_MAX
from services.chassis.runner import Server
from services.chassis.service import HttpService
from services.chassis.settings import ServiceSettings
from tests.support.eventually import eventually_async

pytestmark = pytest.mark.enable_socket


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Serve an empty service on a port of its own."""
    service = HttpService(ServiceSettings(key="a key of sufficient length"), "Test", "1.0.0")
    server = Server(service, "127.0.0.1", 0)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually_async(started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def exchange(port: int, raw: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    "head",
    [
        b"GET /livez HTTP/1.1\r\nX: " + b"x" * 5 * HEAD_BYTES_MAX,
        b"GET /livez HTTP/1.1\r\n" + b"X: x\r\n" * HEAD_BYTES_MAX,
        b"GET /" + b"x" * 5 * HEAD_BYTES_MAX,
    ],
    ids=["one header", "many headers", "address"],
)
async def test_a_head_that_does_not_end_is_refused(port: int, head: bytes) -> None:
    """With a problem in both languages, before anybody is asked who he is."""
    answer = await exchange(port, head)
    said, _, body = answer.partition(b"\r\n\r\n")

    assert said.startswith(b"HTTP/1.1 431 ")
    assert json.loads(body)["hint_zh"]


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX: a\nY: b\r\n\r\n",
        b"POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
    ids=["TLS", "line feed", "two lengths"],
)
async def test_what_is_no_http_is_a_problem_too(port: int, raw: bytes) -> None:
    """In both languages; the connection ends."""
    answer = await exchange(port, raw)
    said, _, body = answer.partition(b"\r\n\r\n")

    assert said.startswith(b"HTTP/1.1 400 ")
    assert all(name + b": " + value in said for name, value in HEADERS)
    assert ("invalid_http", True) == (json.loads(body)["code"], bool(json.loads(body)["hint_zh"]))


async def test_a_sound_request_passes(port: int) -> None:
    """Also with a long head, as browsers with many cookies send it."""
    cookies = b"Cookie: " + b"x" * (HEAD_BYTES_MAX // 2) + b"\r\n"
    head = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    answer = await exchange(port, head + cookies + b"\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
