"""Counting papers by state, for whoever watches the service."""

import asyncio
from typing import Final

from contracts.vocabulary import PaperKind
from services.chassis import metrics
from services.chassis.log import get_logger
from services.chassis.service import AWAY
from services.reporting.domain.paper import WAY
from services.reporting.store.listing import PaperListing

EVERY_SECONDS: Final = 60.0
"""Pause between two counts: one reads the index of all papers."""

PAPERS = metrics.gauge(
    "dualwatch_reporting_papers_by_state",
    "Papers by kind (form, report) and state, counted once a minute.",
    ("kind", "state"),
)

log = get_logger(__name__)


async def count(listing: PaperListing) -> None:
    """Count all papers once; a state without any is told as zero."""
    found = await listing.by_state()
    for kind in PaperKind:
        for state in WAY[kind]:
            PAPERS.labels(kind.value, state.value).set(found.get((kind.value, state.value), 0))


async def counting(listing: PaperListing) -> None:
    """Count as long as the service runs."""
    while True:
        try:
            await count(listing)
        except AWAY as error:
            log.warning("papers_not_counted", reason=repr(error))
        await asyncio.sleep(EVERY_SECONDS)
