"""What is done about principals without being asked: telling, following the tree, last uses."""

import asyncio
import datetime as dt
from typing import Final

from contracts.codec import encode
from contracts.events.principals import WITHIN_MAX
from contracts.topics import PRINCIPALS, partition_of
from services.chassis import clock
from services.chassis.identity import Key, Principal
from services.chassis.log import get_logger
from services.intake.domain.principals import Registered, event_of, resolved
from services.intake.domain.tree import subtree
from services.intake.store.errors import AWAY
from services.intake.store.principal_log import LogEntry
from services.intake.store.principals import (
    ChangedMeanwhileError,
    MongoPrincipals,
    Stamp,
)
from services.intake.store.submissions import Publishes

log = get_logger(__name__)

LOOK_SECONDS: Final = 1.0
"""How often is looked for changes that are not published yet, and for changes of trees."""
USE_SECONDS: Final = 60.0
"""A key's last use is written at most so often by one process: it may be that much older."""
USES_MAX: Final = 20_000
"""Keys whose last use is remembered between two writes."""
SYSTEM: Final = "dualwatch"
"""Who acts where no person does."""


class Principals:
    """Tells every service of principals."""

    def __init__(self, store: MongoPrincipals, publisher: Publishes, partitions: int) -> None:
        """`partitions` is the deployment's number."""
        self.store = store
        self.publisher = publisher
        self.partitions = partitions
        self._stamps: dict[str, Stamp] = {}
        self._uses: dict[str, dt.datetime] = {}
        self._noted: dict[str, float] = {}

    async def run(self) -> None:
        """Look again and again; a store or broker that is away is waited for."""
        everything = True
        while True:
            try:
                if everything:
                    # What the topic has lost, or never had, is told anew; readers know versions.
                    await self.tell_all()
                    everything = False
                await self.follow_trees()
                await self.tell_unpublished()
                await self.write_uses()
            except AWAY as error:
                log.warning("principals_not_told_yet", reason=repr(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def tell(self, principal: Registered) -> None:
        """Publish a state that is in the store."""
        raw = encode(event_of(principal, clock.now()))
        partition = partition_of(principal.id, self.partitions)
        await self.publisher.publish(PRINCIPALS.name, partition, [(principal.id.encode(), raw, [])])
        await self.store.published(principal)

    async def tell_all(self) -> None:
        """Publish every state there is."""
        async for principal in self.store.all():
            await self.tell(principal)

    async def tell_unpublished(self) -> None:
        """Publish what a process has left that was stopped behind its commit."""
        async for principal in self.store.all(unpublished=True):
            await self.tell(principal)

    async def within(self, jurisdiction: str, roots: tuple[str, ...]) -> tuple[str, ...]:
        """Resolve subtrees by today's tree."""
        tree, today = await self.store.tree(jurisdiction)
        return tuple(sorted(subtree(tree, roots, today)))

    async def follow_trees(self) -> None:
        """Resolve subtrees anew where the tree, the day or who is bound to them has changed."""
        for jurisdiction in await self.store.bound_jurisdictions():
            stamp = await self.store.stamp(jurisdiction)
            if self._stamps.get(jurisdiction) == stamp:
                continue
            followed = [
                await self._follow(jurisdiction, principal)
                async for principal in self.store.bound(jurisdiction)
            ]
            if all(followed):
                self._stamps[jurisdiction] = stamp

    async def _follow(self, jurisdiction: str, principal: Registered) -> bool:
        """Resolve one principal's subtrees; False if it has to be looked at again."""
        within = await self.within(jurisdiction, principal.organisations)
        if within == principal.within:
            return True
        if len(within) > WITHIN_MAX:
            # It goes on with what it had: whoever is to see more is bound to a jurisdiction.
            log.error("subtree_too_large", principal=principal.id, organisations=len(within))
            return True
        counts = {"organisations": len(within), "before": len(principal.within)}
        entry = LogEntry(SYSTEM, "resolved", principal.id, detail=counts)
        try:
            await self.store.replace(principal, resolved(principal, within), entry)
        except ChangedMeanwhileError:
            # By another intake, or a person.
            log.info("principal_changed_meanwhile", principal=principal.id)
            return False
        return True

    def used(self, _principal: Principal, key: Key) -> None:
        """Note that a key was used; written later, and seldom."""
        now = clock.monotonic()
        if now - self._noted.get(key.key_id, -USE_SECONDS) < USE_SECONDS:
            return
        if len(self._noted) >= USES_MAX:
            self._noted.clear()
        self._noted[key.key_id] = now
        self._uses[key.key_id] = clock.now()

    async def write_uses(self) -> None:
        """Write what was noted."""
        uses, self._uses = self._uses, {}
        await self.store.used(uses)
