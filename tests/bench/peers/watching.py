"""How far a contender has come for good, asked where that is cheap."""

from aiokafka.structs import TopicPartition

from tests.bench.contender import Contender
from tests.bench.lab import Lab
from tests.bench.peers.backlog import PARTITIONS, Backlog
from tests.bench.peers.entrants import Entrant, Watch
from tests.bench.peers.shared.job import Place


class Watching:
    """One contender's progress."""

    def __init__(self, lab: Lab, entrant: Entrant, contender: Contender, place: Place) -> None:
        """Nothing is asked yet."""
        self._lab = lab
        self._entrant = entrant
        self._contender = contender
        self._place = place

    async def begun(self) -> bool:
        """Whether it has its first record or, for those with progress of ours, a partition."""
        if self._entrant.ordered:
            ids = self._contender.progress
            return any(await self._lab.progress(self._contender.database, ids))
        return self._place.mark.exists()

    async def reached(self) -> int:
        """Give how far it has come, in what its watch counts."""
        match self._entrant.watch:
            case Watch.POSITIONS:
                return await self._progress("position")
            case Watch.OFFSETS:
                return await self._progress("offset")
            case Watch.GROUP:
                return await self.committed()
            case Watch.COUNTS | Watch.EXIT:
                return await self._counted()

    def goal(self, backlog: Backlog, facts: int) -> int:
        """Give what `reached` comes to at the end."""
        match self._entrant.watch:
            case Watch.POSITIONS:
                # The jurisdiction's own entry comes first in every partition.
                return facts + PARTITIONS
            case Watch.OFFSETS | Watch.GROUP:
                return backlog.deliveries
            case Watch.COUNTS | Watch.EXIT:
                return facts

    async def committed(self) -> int:
        """Sum the offsets that its group has committed."""
        tps = [TopicPartition(self._place.topic, p) for p in range(PARTITIONS)]
        found = await self._lab.admin.list_consumer_group_offsets(self._place.group, None, tps)
        return sum(max(0, one.offset) for one in found.values())

    async def _progress(self, name: str) -> int:
        ids = self._contender.progress
        found = await self._lab.progress(self._contender.database, ids)
        return sum(document[name] for document in found if document)

    async def _counted(self) -> int:
        projects = self._lab.mongo[self._place.database]["projects"]
        asked = [{"$group": {"_id": None, "n": {"$sum": "$n"}}}]
        found = await (await projects.aggregate(asked)).to_list(1)
        return int(found[0]["n"]) if found else 0
