"""Stating a fact to intake in the looker's own name, and what became of it."""

from collections.abc import Mapping
from typing import Any, Final

from services.console.pages.frame.asking import Services

WAIT_SECONDS: Final = 10
"""How long the ledger's verdict is waited for before the page goes on without it."""
EVENT: Final = "application/cloudevents+json"


async def state(services: Services, event: Mapping[str, Any]) -> dict[str, Any]:
    """Send one event and return its verdict; RefusedError says why it was not taken in."""
    headers = {"Content-Type": EVENT, "Prefer": f"wait={WAIT_SECONDS}"}
    told = await services.send("intake", "POST", "/v1/events", dict(event), headers)
    return dict(told)
