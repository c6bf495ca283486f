"""Proofs are asked for by many: few are made at the same time."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from services.chassis import problems
from services.chassis.identity import deployment
from services.intake.api import proofs
from services.intake.store.proving import NoEntryError


async def test_few_proofs_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reads all heads of the ledger; the others wait for their turn, and have it."""
    going, most = 0, 0

    async def prove(*_: Any) -> Any:
        nonlocal going, most
        going += 1
        most = max(most, going)
        for _turn in range(5):
            await asyncio.sleep(0)
        going -= 1
        raise NoEntryError

    monkeypatch.setattr(proofs, "prove", prove)
    app = FastAPI()
    problems.install(app)

    @app.middleware("http")
    async def let_in(request: Request, go_on: Any) -> Any:
        request.state.principal = deployment()
        return await go_on(request)

    checkpoints: Any = SimpleNamespace(archive=None)
    reader: Any = SimpleNamespace()
    app.include_router(proofs.proof_router(checkpoints, reader))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        asked = [client.get("/v1/proofs/P/1") for _ in range(proofs.PROVING_MAX * 4)]
        answers = await asyncio.gather(*asked)

    assert {404} == {answer.status_code for answer in answers}
    assert proofs.PROVING_MAX == most
