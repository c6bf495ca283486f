"""A deployment without a key: what is asked about checkpoints is told what is missing."""

import httpx
import pytest
from fastapi import FastAPI

from services.chassis import problems
from services.intake.api.proofs import proof_router, router
from services.intake.store.reading import Reader


class Nothing:
    """No store: nothing of it may be asked."""


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/checkpoints"), ("POST", "/v1/checkpoints"), ("GET", "/v1/checkpoints/key")],
)
async def test_without_a_key_it_is_said_how_to_have_checkpoints(method: str, path: str) -> None:
    """404, with the names of the settings."""
    app = FastAPI()
    problems.install(app)
    reader: Reader = Nothing()  # type: ignore[assignment]
    app.include_router(router(None))
    app.include_router(proof_router(None, reader))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        answer = await client.request(method, path)

    assert (404, "no_checkpoints") == (answer.status_code, answer.json()["code"])
    assert "DUALWATCH_INTAKE__CHECKPOINTS" in answer.json()["hint"]
