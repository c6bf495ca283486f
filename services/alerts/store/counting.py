"""Counting alerts by state, for whoever watches the service: the same by every instance."""

import asyncio
from typing import Final

from contracts.events.alerts import AlertState
from contracts.vocabulary import Severity
from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.mongo import Document, Mongo
from services.chassis.service import AWAY

EVERY_SECONDS: Final = 60.0
"""Pause between two counts: one reads the index of all alerts."""
COUNT_MS: Final = 5_000
"""Longest that a count may take."""

ALERTS: Final = metrics.gauge(
    "dualwatch_alerts_by_state",
    "Alerts by state and severity, counted once a minute; every instance says the same.",
    ("state", "severity"),
)

log = get_logger(__name__)


class Counting:
    """The task."""

    def __init__(self, mongo: Mongo) -> None:
        """Know of nothing yet."""
        self._alerts = mongo.db["alerts"]

    async def run(self) -> None:
        """Count for ever; a database that is away is waited for."""
        while True:
            try:
                await self.count()
            except AWAY as error:
                log.warning("alerts_not_counted", reason=repr(error))
            await asyncio.sleep(clock.jittered(EVERY_SECONDS))

    async def count(self) -> None:
        """Count once; what there is none of is told as zero."""
        stages: list[Document] = [
            # Of these two alone, so that it is counted within their index.
            {"$match": {"state": {"$in": [state.value for state in AlertState]}}},
            {"$project": {"_id": 0, "state": 1, "severity": 1}},
            {"$group": {"_id": {"state": "$state", "severity": "$severity"}, "n": {"$sum": 1}}},
        ]
        rows = self._alerts.aggregate(stages, maxTimeMS=COUNT_MS)
        found = {(row["_id"]["state"], row["_id"]["severity"]): row["n"] async for row in rows}
        for state in AlertState:
            for severity in Severity:
                number = found.get((state.value, severity.value), 0)
                ALERTS.labels(state.value, severity.value).set(number)
