"""The half of a partition handler that is the same for all that keep plain progress."""

from services.chassis.mongo import Progress, Taken


class Holding:
    """Takes partitions and gives them up; `handle` is the heir's."""

    def __init__(self, progress: Progress) -> None:
        """Nothing is held before the broker assigns it."""
        self.progress = progress
        self.taken: dict[int, Taken] = {}

    async def assigned(self, partition: int) -> int | None:
        """Become the partition's owner; give the offset to read from."""
        self.taken[partition] = await self.progress.take(partition)
        return self.taken[partition].offset

    async def revoked(self, partition: int) -> None:
        """Forget a partition."""
        taken = self.taken.pop(partition, None)
        if taken is not None:
            await taken.release()
