"""What the owner of one partition holds in memory; the store has all of it."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from services.analysis.domain import Jurisdiction, Organisation
from services.analysis.handlers.agenda import Agenda
from services.analysis.handlers.arriving import NO_CONTEXT, Context
from services.analysis.handlers.gate import Gate
from services.analysis.store.states import OrganisationKey, Project, Standing
from services.chassis.mongo import Taken

CONTEXTS_MAX: Final = 20_000
"""Most entries of a partition whose correlation is remembered until they are assessed."""
CONTEXTS_KEPT: Final = 10_000
"""The latest that stay when these are full: to let each go by itself costs a backlog 1 µs each."""


class Cache:
    """Decoded projects, the least recently used go first.

    Allowed because a partition has one owner and its progress guards every write; whenever a
    commit may have failed the whole share is forgotten.
    """

    def __init__(self, projects_max: int) -> None:
        """Hold at most so many projects (more only while a batch needs them)."""
        self.projects_max = projects_max
        self._projects: OrderedDict[str, Project] = OrderedDict()

    def __len__(self) -> int:
        """How many are held."""
        return len(self._projects)

    def known(self, names: Iterable[str]) -> dict[str, Project]:
        """Return those of the named projects that are held."""
        return {name: self._projects[name] for name in names if name in self._projects}

    def keep(self, projects: dict[str, Project]) -> None:
        """Hold these as the most recently used."""
        self._projects.update(projects)
        for name in projects:
            self._projects.move_to_end(name)
        while len(self._projects) > self.projects_max:
            self._projects.popitem(last=False)

    def clear(self) -> None:
        """Hold nothing: the store was changed by other means."""
        self._projects.clear()


class Contexts:
    """By what the latest entries are found again; what is older has no name any more."""

    def __init__(self) -> None:
        """Know none yet."""
        self._found: dict[int, Context] = {}

    def add(self, arrived: Mapping[int, Context]) -> None:
        """Remember those of a batch, which come in order; once too many, the oldest go."""
        self._found.update(arrived)
        if len(self._found) > CONTEXTS_MAX:
            first = len(self._found) - CONTEXTS_KEPT
            self._found = dict(islice(self._found.items(), first, None))

    def of(self, position: int) -> Context:
        """Tell that of an entry."""
        return self._found.get(position, NO_CONTEXT)


@dataclass
class Share:
    """One partition in the hands of its owner."""

    partition: int
    taken: Taken
    standing: Standing
    gate: Gate
    jurisdictions: dict[str, Jurisdiction]
    organisations: dict[OrganisationKey, Organisation]
    cache: Cache
    agenda: Agenda
    building: bool = False
    """Whether another generation is live: this one is built beside it and publishes nothing."""
    following: bool = False
    """Of a building share: it is as far as the live one, and keeps rows as that does."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever works on the partition: its consumer or its assessor."""
    contexts: Contexts = field(default_factory=Contexts)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the agenda changed."""
    lost: bool = False
    """Whether it may no longer be used: it is taken anew from the store."""
    more_due: bool = True
    """Whether the store may know of years that are due and not on the agenda."""

    @property
    def is_catching_up(self) -> bool:
        """Whether entries are only folded: assessing begins where the live generation is."""
        return self.building and not self.following

    @property
    def at_rest(self) -> bool:
        """Whether nothing is left to assess."""
        standing = self.standing
        busy = standing.rounds or standing.sweep or len(self.agenda) or self.more_due
        return not busy
