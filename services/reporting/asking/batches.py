"""Asking intake which batches of virements and distributions do not balance (domain-rules 2, 24).

Of a part of the jurisdiction those count that have a side in one of its projects. What such a batch
is at odds by is told only where all its sides are the part's: no more of others is shown to whoever
sees a part (ADR 20).
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from contracts.vocabulary import wire_to_fen
from services.reporting.domain.completeness import OffBalance

PATH: Final = "/v1/adjustment-batches"
PAGE: Final = 200
PAGES_MAX: Final = 50
"""Ten thousand batches out of balance; of more it is said that there are more."""
LOOKED_MAX: Final = 500
"""Batches whose sides are looked at for a part of a jurisdiction, the longest out of balance."""
LOOKED_AT_ONCE: Final = 8
SIDES_PAGE: Final = 1_000
SIDES_PAGES_MAX: Final = 10
"""Ten thousand sides of one batch; one that has more is taken to go beyond the part."""

Get = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any] | None]]
"""Asks intake; null: a release of before does not know that address."""


class _Reach(NamedTuple):
    """Whose sides a batch has."""

    mine: bool
    """Whether one is of the projects."""
    others: bool
    """Whether one is of another, or may be."""


async def off_balance(
    get: Get, jurisdiction: str, fiscal_year: int, projects: AbstractSet[str] | None
) -> OffBalance | None:
    """Count what does not balance of a year, and by how much; null: intake cannot tell yet.

    Of these projects alone, or of the whole jurisdiction.
    """
    asked: dict[str, Any] = {
        "jurisdiction": jurisdiction,
        "fiscal_year": fiscal_year,
        "limit": PAGE,
    }
    items: list[Mapping[str, Any]] = []
    settled: str | None = None
    after: str | None = None
    for _ in range(PAGES_MAX):
        page = await get(PATH, {**asked, "after": after} if after else asked)
        if page is None:
            return None
        items += page["items"]
        settled, after = page["settled"], page["next"]
        if after is None:
            break
    more = after is not None
    if projects is None:
        return _told(items, items, settled, more=more)
    looked = items[:LOOKED_MAX]
    turns = asyncio.Semaphore(LOOKED_AT_ONCE)

    async def reach(batch: str) -> _Reach:
        async with turns:
            return await _reach(get, batch, projects)

    reaches = await asyncio.gather(*(reach(str(one["id"])) for one in looked))
    mine = [one for one, reached in zip(looked, reaches, strict=True) if reached.mine]
    whole = [
        one
        for one, reached in zip(looked, reaches, strict=True)
        if reached.mine and not reached.others
    ]
    return _told(mine, whole, settled, more=more or len(items) > len(looked))


def _told(
    counted: Sequence[Mapping[str, Any]],
    whole: Sequence[Mapping[str, Any]],
    settled: str | None,
    *,
    more: bool,
) -> OffBalance:
    """Add up by how much those are at odds of which everything may be told."""
    return OffBalance(
        batches=len(counted),
        amount=sum(abs(wire_to_fen(one["difference"])) for one in whole) if whole else None,
        counted_to=None if settled is None else dt.date.fromisoformat(settled),
        more=more,
        amount_part=more or len(whole) < len(counted),
    )


async def _reach(get: Get, batch: str, projects: AbstractSet[str]) -> _Reach:
    """Look whose sides a batch has, until that is known."""
    mine = others = False
    after: str | None = None
    for _ in range(SIDES_PAGES_MAX):
        asked: dict[str, Any] = {"limit": SIDES_PAGE}
        if after:
            asked["after"] = after
        page = await get(f"{PATH}/{batch}/sides", asked)
        if page is None:
            break
        found = {side["project"] for side in page["items"]}
        mine = mine or not found.isdisjoint(projects)
        others = others or not found <= projects
        after = page["next"]
        if after is None or (mine and others):
            return _Reach(mine, others)
    return _Reach(mine, others=True)
