"""What operators set at the console itself: whose key it is first, then what is asked for."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.chassis import problems
from services.chassis.log_levels import Levels
from services.chassis.settings_observing import LogSettings
from services.console.pages import operating
from services.console.pages.frame.asking import RefusedError

KEY = "an operator's"


class Intake:
    """Knows one key."""

    def __init__(self, jurisdictions: list[str] | None = None) -> None:
        self._jurisdictions = jurisdictions

    async def get(self, _service: str, _path: str) -> Any:
        """Answer the operator."""
        return {"id": "op", "jurisdictions": self._jurisdictions}


class Closed:
    """Knows no key."""

    async def get(self, _service: str, _path: str) -> Any:
        """Refuse whoever asks."""
        raise RefusedError(status=401, code="unauthorised", detail="")


def client_of(services: Any) -> httpx.AsyncClient:
    """Ask a console that has these services."""
    app = FastAPI()
    problems.install(app)
    operating.install(app, services, Levels(LogSettings(), lambda *_: None))
    headers = {"authorization": f"Bearer {KEY}"}
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://own", headers=headers)


async def test_nothing_is_read_of_who_is_no_operator() -> None:
    """However long it is: this address is open to all."""
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b" " * 1_000

    async with client_of(Closed()) as http:
        answer = await http.put(operating.PATH, content=body())

    assert (401, 0) == (answer.status_code, read)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"module": "services.one", "level": "debug"}', 200),
        (b'{"module": "services.one", "level": "all"}', 422),
        (b'{"module": 1}', 422),
        (b"[]", 422),
        (b"{", 422),
        (b" " * 2_001, 413),
    ],
)
async def test_an_operator_is_answered_as_by_a_service(content: bytes, status: int) -> None:
    """Wrong forms are refused with a problem that says what."""
    async with client_of(Intake()) as http:
        answer = await http.put(operating.PATH, content=content)

    assert status == answer.status_code
    assert "set" in answer.json() if status == 200 else answer.json()["code"]


async def test_an_operator_of_some_jurisdictions_sets_nothing() -> None:
    """As at the services."""
    form = b'{"module": "services.one", "level": "debug"}'
    async with client_of(Intake(["610100"])) as http:
        answer = await http.put(operating.PATH, content=form)

    assert (403, "whole_deployment_only") == (answer.status_code, answer.json()["code"])
