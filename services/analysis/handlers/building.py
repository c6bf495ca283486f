"""A generation built beside the live one: it follows that, never overtakes it, then takes over.

It folds only what the live one has folded. Where both are equal it assesses in silence, so that
rows are there when it answers, and then swaps, if that is allowed.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from services.analysis.handlers.arriving import Arrived
from services.analysis.handlers.owner import Owner
from services.analysis.handlers.share import Share
from services.analysis.store.states import Round
from services.analysis.store.writing import OwnerStore, standing_of
from services.chassis.log import get_logger

log = get_logger(__name__)

POLL_SECONDS: Final = 0.1
"""Pause before the live generation is looked at again."""


class Builder:
    """Works on building shares; whoever calls holds the share's lock."""

    def __init__(self, store: OwnerStore, owner: Owner) -> None:
        """Work with this store; nothing is swapped before `may_swap` is set."""
        self._store = store
        self._owner = owner
        self.may_swap = False

    async def ready(self, share: Share, entries: Sequence[Arrived]) -> Sequence[Arrived]:
        """Wait until some entries may be folded; return them. All, once the share is live."""
        while share.building:
            ahead = await self._ahead(share)
            if ahead > 0:
                return entries[:ahead]
            if not await self._rest(share):
                await asyncio.sleep(POLL_SECONDS)
            self._owner.renew(share)
        return entries

    async def step(self, share: Share) -> bool:
        """Do what there is to do while no entries come; give whether something was done."""
        ahead = await self._ahead(share)
        if ahead > 0 and not share.following:
            return False
        return await (self._owner.attend(share) if ahead else self._rest(share))

    async def _ahead(self, share: Share) -> int:
        """Return by how many entries the live generation is ahead; 0 if it is not."""
        position = await self._store.live_position(share.partition)
        return 0 if position is None else max(0, position - share.standing.position)

    async def _rest(self, share: Share) -> bool:
        """Do one step of what there is to do where the live generation is."""
        if not share.following:
            self._follow(share)
        await self._owner.finish_sweep(share)
        if await self._owner.attend(share):
            return True
        return self.may_swap and share.at_rest and await self._swap(share)

    def _follow(self, share: Share) -> None:
        """Begin to assess: all years once, then what changes."""
        standing = share.standing
        share.following = True
        if not standing.rounds:
            standing.ask(Round(standing.position, standing.recorded_ms, reprojected=True))
        log.info("build_follows", partition=share.partition, position=standing.position)

    async def _swap(self, share: Share) -> bool:
        swapped = await self._store.swap(share.taken, share.standing)
        if swapped is None:
            return False
        share.taken, share.standing = swapped, standing_of(swapped)
        share.building = share.following = False
        # What the former generation had due is due here.
        share.cache.clear()
        share.agenda.clear()
        share.more_due = True
        log.info("generation_live", partition=share.partition, position=share.standing.position)
        return True
