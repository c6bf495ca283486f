"""Asking for topic and store to be made from each other, and how far that has come."""

import datetime as dt

import msgspec
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from services.chassis.problems import ProblemError, not_found
from services.intake.api.answers import answer
from services.intake.store.rebuilds import Asked, Rebuild, Rebuilds


class RebuildWanted(BaseModel):
    """How a rebuild is wanted."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    everything: bool = False
    """Publish again also what the topic has; readers pass over it."""


class RebuildShown(msgspec.Struct):
    """A rebuild that was asked for."""

    rebuild: str
    """`topic`: `ledger` from the store; `store`: the store from `ledger`."""
    asked: dt.datetime
    everything: bool
    partitions: int
    done: list[int]
    """Partitions that are done."""


def router(rebuilds: Rebuilds, partitions: int) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["ledger"])

    @routes.post("/v1/rebuilds/{rebuild}")
    async def ask(rebuild: Rebuild, wanted: RebuildWanted | None = None) -> Response:
        """Ask for a rebuild; every partition's owner does it within seconds."""
        everything = wanted is not None and wanted.everything
        return _shown(await rebuilds.ask(rebuild, everything=everything), 202)

    @routes.get("/v1/rebuilds/{rebuild}")
    async def look(rebuild: Rebuild) -> Response:
        """Tell how far the rebuild has come that was asked for last."""
        asked = await rebuilds.asked(rebuild)
        if asked is None:
            raise _never_asked(rebuild)
        return _shown(asked, 200)

    def _shown(asked: Asked, status: int) -> Response:
        done = sorted(asked.done)
        shown = RebuildShown(asked.kind.value, asked.at, asked.everything, partitions, done)
        return answer(shown, status)

    return routes


def _never_asked(rebuild: Rebuild) -> ProblemError:
    return not_found(
        "no_rebuild",
        f"Nobody has asked to rebuild the {rebuild}.",
        f"尚无人请求重建 {rebuild}。",
    )
