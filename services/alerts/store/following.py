"""One reader of what is new for all who follow a feed.

`FeedHub` is the one task of a process that looks for news: one query for the counters of all
jurisdictions that are followed, whoever follows and however many they are. It looks at once when
this process has written, and every `POLL_SECONDS` for what others have. Followers keep nothing but
a cursor: they take entries from the last ones that the hub holds, or, if they are too slow for
that, from the store. So no reader, however slow, makes a buffer grow.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pymongo.errors import PyMongoError

from services.alerts.domain.feed import Entry, Wanted
from services.alerts.store.distances import streamed
from services.alerts.store.feeding import FeedReader
from services.chassis import clock, metrics
from services.chassis.identity import Principal
from services.chassis.log import get_logger

log = get_logger(__name__)

POLL_SECONDS: Final = 0.05
"""How often is looked for what other processes have written, while anybody follows."""
RETRY_SECONDS: Final = (0.1, 2.0)
READ_MAX: Final = 500
"""Most entries the hub reads at once."""
HELD_MAX: Final = 2_000
"""Last entries of a jurisdiction that are held for its followers."""
HELD_BYTES_MAX: Final = 4_000_000
"""Bytes of them, written out."""
FOLLOWERS_MAX: Final = 2_000
"""Streams and waiting questions at once in one process; more are told to come back."""
FOLLOWED_MAX: Final = 500
"""Jurisdictions that are followed at once in one process."""

FOLLOWERS: Final = metrics.gauge(
    "dualwatch_alerts_feed_subscribers", "Streams and waiting questions that follow a feed."
)


class AwayError(Exception):
    """MongoDB does not answer: who follows comes back later."""


class FullError(Exception):
    """As many follow as one process holds."""


@dataclass(frozen=True, slots=True)
class Held:
    """An entry as it is held for followers."""

    entry: Entry
    frame: bytes
    """The entry as streams send it, written once for all of them."""


class Tail:
    """The end of one jurisdiction's feed: what followers have not seen, if they are not slow."""

    def __init__(self, jurisdiction: str, head: int) -> None:
        """`head` is the last cursor there is; nothing is held yet."""
        self.jurisdiction = jurisdiction
        self.head = head
        self.followers = 0
        self._held: list[Held] = []
        self._bytes = 0
        self._news = asyncio.Event()

    @property
    def first(self) -> int:
        """The cursor of the first entry that is held, or of the next one."""
        return self.head - len(self._held) + 1

    def after(self, cursor: int) -> list[Held]:
        """Return what is held behind a cursor that is not before `first` - 1."""
        return self._held[cursor - self.first + 1 :]

    def take(self, entries: list[Held]) -> None:
        """Hold what follows on `head`, let go of the oldest, and wake all who wait."""
        self._held += entries
        self._bytes += sum(len(held.frame) for held in entries)
        self.head += len(entries)
        gone = max(0, len(self._held) - HELD_MAX)
        self._bytes -= sum(len(held.frame) for held in self._held[:gone])
        while self._bytes > HELD_BYTES_MAX:
            self._bytes -= len(self._held[gone].frame)
            gone += 1
        del self._held[:gone]
        self.wake()

    def skip(self, cursor: int) -> None:
        """Hold nothing up to a cursor: who has not seen it reads the store."""
        self._held.clear()
        self._bytes = 0
        self.head = cursor

    def wake(self) -> None:
        """Wake all who wait."""
        self._news.set()
        self._news = asyncio.Event()

    async def news(self, seconds: float) -> None:
        """Wait until there is more, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()


class FeedHub:
    """Looks for news of all feeds that are followed in this process."""

    def __init__(
        self, reader: FeedReader, frame: Callable[[Entry], bytes], stopping: asyncio.Event
    ) -> None:
        """`frame` writes an entry as streams send it; nothing is read before `run`."""
        self.reader = reader
        self.stopping = stopping
        self.frame = frame
        self._tails: dict[str, Tail] = {}
        self._followers = 0
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Look at once: this process has written, or somebody has begun to follow."""
        self._nudged.set()

    @contextlib.contextmanager
    def follow(self, jurisdiction: str, head: int) -> Iterator[Tail]:
        """Follow a jurisdiction whose last cursor was just read; FullError if too many do."""
        tail = self._tails.get(jurisdiction)
        if self._followers >= FOLLOWERS_MAX or (tail is None and len(self._tails) >= FOLLOWED_MAX):
            raise FullError
        if tail is None:
            tail = self._tails[jurisdiction] = Tail(jurisdiction, head)
        self._count(tail, 1)
        self.nudge()
        try:
            yield tail
        finally:
            self._count(tail, -1)
            if not tail.followers:
                del self._tails[jurisdiction]

    async def run(self) -> None:
        """Look for news for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._wake_at_stop())
            group.create_task(self._look_for_ever())

    async def look(self) -> None:
        """Read once what is new of every jurisdiction that is followed."""
        tails = dict(self._tails)
        heads = await self.reader.heads(tails) if tails else {}
        behind = [
            self._catch_up(tails[name], head)
            for name, head in heads.items()
            if head > tails[name].head
        ]
        await asyncio.gather(*behind)

    def _count(self, tail: Tail, change: int) -> None:
        self._followers += change
        tail.followers += change
        FOLLOWERS.set(self._followers)

    async def _wake_at_stop(self) -> None:
        await self.stopping.wait()
        for tail in self._tails.values():
            tail.wake()

    async def _look_for_ever(self) -> None:
        failures = 0
        while True:
            self._nudged.clear()
            try:
                await self.look()
                failures = 0
            except PyMongoError as error:
                failures += 1
                log.warning("feeds_not_read", attempt=failures, reason=repr(error))
                await asyncio.sleep(clock.backoff(failures, *RETRY_SECONDS))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS if self._tails else None):
                    await self._nudged.wait()

    async def _catch_up(self, tail: Tail, head: int) -> None:
        if head - tail.head > HELD_MAX:
            # Followers that far behind read the store, so nothing is read here for nobody.
            tail.skip(head - HELD_MAX)
        while tail.head < head:
            entries = await self.reader.between(
                tail.jurisdiction, tail.head, min(head, tail.head + READ_MAX)
            )
            expected = range(tail.head + 1, tail.head + 1 + len(entries))
            if not entries or [entry.cursor for entry in entries] != list(expected):
                # Never passed over: a stream that waits is right, one that goes on is not.
                log.error("feed_has_a_gap", jurisdiction=tail.jurisdiction, after=tail.head)
                return
            tail.take([Held(entry, self.frame(entry)) for entry in entries])
            streamed([entry.event for entry in entries])


class Reading:
    """Somebody's way through a feed: where they are."""

    def __init__(self, reader: FeedReader, tail: Tail, wanted: Wanted, cursor: int) -> None:
        """Begin behind a cursor."""
        self._reader = reader
        self._tail = tail
        self._wanted = wanted
        self.cursor = cursor
        """Everything up to here was given, or is not wanted."""

    @property
    def behind(self) -> bool:
        """Whether there is something that was not looked at."""
        return self.cursor < self._tail.head

    async def next(
        self, asking: Principal, limit: int, frame: Callable[[Entry], bytes]
    ) -> list[Held]:
        """Give what comes next of what they want and may see; advance `cursor`.

        AwayError while what they have not seen cannot be read.
        """
        if self.cursor + 1 < self._tail.first:
            return await self._stored(asking, limit, frame)
        return self._held(asking, limit) if self.behind else []

    async def news(self, seconds: float) -> None:
        """Wait until there is more, or the time is over."""
        if not self.behind:
            await self._tail.news(seconds)

    def _held(self, asking: Principal, limit: int) -> list[Held]:
        held = self._tail.after(self.cursor)
        if self._wanted.everything and not asking.narrow:
            found = held[:limit]
            self.cursor = found[-1].entry.cursor
            return found
        found = []
        for one in held:
            self.cursor = one.entry.cursor
            if self._wanted.takes(one.entry) and sees(asking, one.entry):
                found.append(one)
                if len(found) == limit:
                    break
        return found

    async def _stored(
        self, asking: Principal, limit: int, frame: Callable[[Entry], bytes]
    ) -> list[Held]:
        tail = self._tail
        try:
            page = await self._reader.page(
                tail.jurisdiction, self.cursor, tail.head, limit, self._wanted, asking
            )
        except PyMongoError as error:
            raise AwayError from error
        self.cursor = page.upto
        return [Held(entry, frame(entry)) for entry in page.entries]


def sees(asking: Principal, entry: Entry) -> bool:
    """Tell whether an entry is in somebody's scope, as `scope_query` does."""
    return asking.sees(entry.project, entry.lead_unit, entry.department)
