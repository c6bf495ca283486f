"""Rounds: lanes of one subscription handle small batches side by side, and commit them together.

One after the other (`turns.py`), every record waits for a transaction of each of the other lanes,
and the store does the work of a transaction for each of them: commands, commit, a journal's flush.
In a round all lanes that have something begin at once; whoever is ready waits for those that are
not, for a moment, and one transaction writes what all have. Whatever cannot be written so is
written as before: each batch in a transaction of its own, on the session of its partition.

A transaction of several partitions runs on a session that stands in the progress of each of them
(`Progress.joint`): whoever takes one over ends it, and the others commit again by themselves.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

from pymongo.errors import OperationFailure, PyMongoError

from services.chassis.commands import insert, update
from services.chassis.log import get_logger
from services.chassis.mongo import (
    Database,
    Document,
    Move,
    Progress,
    Session,
    SupersededError,
    Taken,
)
from services.chassis.turns import TURN_SECONDS, Turns
from services.chassis.whole import whole

log = get_logger(__name__)

READY_SECONDS: Final = 0.02
"""Longest that the first who is ready waits for the others of its round."""
LEFT_MAX: Final = 1_000
"""Most that waits to be put away while something is: the oldest go, and come again when their
partition is taken."""
DOCUMENTS_MAX: Final = 4_000
"""Most documents of one transaction of several partitions; a single batch may have more."""

PutAway = Callable[[list[Any]], Awaitable[None]]
"""Puts away what several have left; what fails comes again when a partition is taken."""

Documents = Mapping[str, Sequence[Document]]
"""Documents by the collection that they belong to."""


class ApartError(Exception):
    """What several batches write cannot be written together: each is tried by itself."""


class Weighed(Protocol):
    """What a batch writes."""

    @property
    def weight(self) -> int:
        """About how many documents it is."""


B = TypeVar("B", bound=Weighed)
B_contra = TypeVar("B_contra", bound=Weighed, contravariant=True)


class Writer(Protocol[B_contra]):
    """Writes what several batches have, beside their progress."""

    async def write(self, session: Session, batches: Sequence[B_contra]) -> None:
        """Write all of it; ApartError or OperationFailure if it cannot be."""

    async def within(self, batches: Sequence[B_contra], run: Callable[[], Awaitable[None]]) -> None:
        """Run the transaction that writes them, and hold meanwhile what has to be held."""


@dataclass(frozen=True)
class Writes:
    """What a batch writes beside its progress, where it reads nothing and nothing hangs on order.

    Collections come one after the other, inserts first.
    """

    inserts: Documents
    """Documents that are new."""
    updates: Documents
    """Changes of the form {q, u}."""

    @property
    def weight(self) -> int:
        """How many documents they are."""
        return sum(map(len, (*self.inserts.values(), *self.updates.values())))


class Plainly:
    """Writes `Writes`, collection by collection."""

    def __init__(self, db: Database, gate: asyncio.Semaphore | None = None) -> None:
        """`gate`: bounds the transactions of a projection, those of single partitions as well."""
        self._db = db
        self._gate = gate or asyncio.Semaphore()

    async def write(self, session: Session, batches: Sequence[Writes]) -> None:
        """Write what belongs to one collection with one command."""
        for name, documents in _merged([one.inserts for one in batches]):
            await insert(self._db, name, documents, session)
        for name, changes in _merged([one.updates for one in batches]):
            await update(self._db, name, changes, session)

    async def within(
        self,
        batches: Sequence[Writes],  # noqa: ARG002 - all of them pass the same gate
        run: Callable[[], Awaitable[None]],
    ) -> None:
        """Run a transaction once the gate is free."""
        async with self._gate:
            await run()


@dataclass(eq=False)
class _Member:
    """A lane in a round."""

    rounds: "Rounds[Any]"


@dataclass(eq=False)
class _Ready(Generic[B]):
    """A batch that waits for its round's commit."""

    move: Move
    writes: B
    done: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    """Whether it is committed; False: not with the others, it has to be by itself."""


_MEMBER: Final[ContextVar[_Member | None]] = ContextVar("member", default=None)
"""The lane that is at work."""


class Rounds(Turns, Generic[B]):
    """The rounds of one projection's lanes in this process."""

    def __init__(self, progress: Progress, writer: Writer[B]) -> None:
        """`writer` writes what several lanes have.

        Before the first partition is taken: from now on `progress` notes the joint session.
        """
        super().__init__()
        self._progress = progress
        self._writer = writer
        progress.is_joint = True
        self._open = asyncio.Event()
        self._open.set()
        self._coming: set[_Member] = set()
        """Those whom the round waits for."""
        self._committing: set[_Member] = set()
        """Those who were ready when it was closed, and have not left yet."""
        self._ready: dict[_Member, _Ready[B]] = {}
        self._closing: asyncio.Handle | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._left: dict[PutAway, list[Any]] = {}
        self._putting: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def one(self, *, waits: bool) -> AsyncIterator[None]:
        """Be in a round; alone after `TURN_SECONDS`, or at once if nobody `waits` for it."""
        member = await self._join() if waits else None
        token = _MEMBER.set(member)
        try:
            yield
        finally:
            _MEMBER.reset(token)
            if member is not None:
                self._leave(member)

    async def commit(
        self, move: Move, writes: Callable[[], B], alone: Callable[[], Awaitable[Taken]]
    ) -> Taken:
        """Commit with the others of the round; give where the partition stands then.

        `writes` is asked only for a round. `alone` commits the same in a transaction of its own:
        outside of a round, and where the common one, for whosever sake, could not be written.
        """
        member = _MEMBER.get()
        if member is None or member.rounds is not self or member not in self._coming:
            return await alone()
        ready = self._ready[member] = _Ready(move, writes())
        self._coming.discard(member)
        self._look()
        # A cancellation waits for the end: what comes next must not meet it half way.
        if await whole(_outcome(ready)):
            return move.done()
        return await alone()

    async def at_end(self, put_away: PutAway, what: Any) -> None:
        """Put away what a commit has left, with what the others of the round have left.

        Nobody waits for it within a round, and it need not last.
        """
        member = _MEMBER.get()
        if member is None or member not in self._committing:
            await put_away([what])
        else:
            left = self._left.setdefault(put_away, [])
            left.append(what)
            del left[:-LEFT_MAX]

    async def _join(self) -> _Member | None:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                while not self._open.is_set():
                    await self._open.wait()
        except TimeoutError:
            return None
        member = _Member(self)
        self._coming.add(member)
        return member

    def _leave(self, member: _Member) -> None:
        self._coming.discard(member)
        self._committing.discard(member)
        self._look()
        self._reopen()

    def _look(self) -> None:
        """Close the round once everybody is ready; after a moment in any case."""
        if not self._ready:
            return
        loop = asyncio.get_running_loop()
        if self._coming:
            if self._closing is None:
                self._closing = loop.call_later(READY_SECONDS, self._close)
            return
        if self._closing is not None:
            self._closing.cancel()
        # Those that were woken by the same fetch join before that.
        self._closing = loop.call_soon(self._close_if_all)

    def _close_if_all(self) -> None:
        self._closing = None
        if self._coming:
            self._look()
        else:
            self._close()

    def _close(self) -> None:
        """Begin the transaction of those who are ready; who is late commits alone."""
        self._closing = None
        self._open.clear()
        ready, self._ready = self._ready, {}
        self._coming.clear()
        self._committing = set(ready)
        task = asyncio.create_task(self._commit(list(ready.values())), name="round")
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._reopen()

    def _reopen(self) -> None:
        """Let the next round begin once everybody has left this one."""
        if self._committing or self._running:
            return
        self._open.set()
        self._put_away()

    def _put_away(self) -> None:
        """Put away what rounds have left, one after the other; what comes meanwhile waits."""
        if self._putting is None and self._left:
            left, self._left = self._left, {}
            self._putting = asyncio.create_task(_put(left), name="round-left")
            self._putting.add_done_callback(self._put)

    def _put(self, _: asyncio.Task[None]) -> None:
        self._putting = None
        self._put_away()

    async def _commit(self, ready: Sequence[_Ready[B]]) -> None:
        for part in _parts(ready):
            # One by itself is better off with its own session.
            outcome: bool | BaseException = False
            if len(part) > 1:
                try:
                    outcome = await self._together(part)
                except BaseException as error:  # noqa: BLE001 - each of them is told
                    outcome = error
            for one in part:
                if isinstance(outcome, bool):
                    one.done.set_result(outcome)
                else:
                    one.done.set_exception(outcome)

    async def _together(self, ready: Sequence[_Ready[B]]) -> bool:
        """Write all in one transaction; False: nothing is written."""
        batches = [one.writes for one in ready]

        async def work(session: Session) -> None:
            await self._progress.move([one.move for one in ready], session)
            await self._writer.write(session, batches)

        async def run() -> None:
            await self._progress.mongo.transaction(work, await self._progress.joint())

        try:
            await self._writer.within(batches, run)
        except SupersededError:
            log.info("round_parted", reason="a partition has another owner")
            return False
        except ApartError as error:
            log.info("round_parted", reason=repr(error))
            return False
        except OperationFailure as error:
            if error.has_error_label("UnknownTransactionCommitResult"):
                raise
            log.info("round_parted", reason=repr(error))
            return False
        return True


async def _put(left: Mapping[PutAway, list[Any]]) -> None:
    for put_away, what in left.items():
        try:
            await put_away(what)
        except PyMongoError as error:
            log.warning("round_left_behind", reason=repr(error))


async def _outcome(ready: _Ready[Any]) -> bool:
    return await ready.done


def _merged(parts: Sequence[Documents]) -> Iterator[tuple[str, list[Document]]]:
    """Put what belongs to one collection together, in the order in which it is named first."""
    names = dict.fromkeys(name for part in parts for name in part)
    for name in names:
        yield name, [document for part in parts for document in part.get(name, ())]


def _parts(ready: Sequence[_Ready[B]]) -> Iterator[list[_Ready[B]]]:
    """Cut a round so that no transaction of several partitions writes too much."""
    part: list[_Ready[B]] = []
    size = 0
    for one in ready:
        weight = one.writes.weight
        if part and size + weight > DOCUMENTS_MAX:
            yield part
            part, size = [], 0
        part.append(one)
        size += weight
    if part:
        yield part
