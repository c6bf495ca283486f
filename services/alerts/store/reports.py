"""The consumer's side of the topic `reports`: cases of what organisations have to hand in."""

from collections.abc import Iterable
from typing import Final

from contracts.topics import REPORTS
from services.alerts.domain.case import Case
from services.alerts.store.batch import Batch
from services.alerts.store.documents import papers_case_id
from services.alerts.store.writing import AlertStore
from services.chassis.mongo import Mongo, Progress, Taken

PROJECTION: Final = "alerts.reports.v1"


class ReportsStore:
    """Keeps how far the topic was read, with what followed from it."""

    def __init__(self, mongo: Mongo, alerts: AlertStore) -> None:
        """`alerts` writes what is raised and cleared."""
        self.progress = Progress(mongo, PROJECTION, REPORTS.name)
        self.alerts = alerts

    async def take(self, partition: int) -> Taken:
        """Become the owner of a partition, and publish what anyone left."""
        taken = await self.progress.take(partition)
        await self.alerts.relay_all()
        return taken

    async def cases(self, wanted: Iterable[tuple[str, int]]) -> dict[str, Case]:
        """Read what organisations have to hand in, by the ids of cases."""
        return await self.alerts.cases_by_id({papers_case_id(*key): Case(*key) for key in wanted})

    async def commit(self, taken: Taken, batch: Batch) -> Taken:
        """Write what a batch did; ConflictError if somebody changed an alert meanwhile."""
        return await self.alerts.commit(taken, batch)
