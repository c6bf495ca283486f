"""The projection stage by hand: ledger entries in, totals by project and month out.

The simplest fold that deserves the name: the product keeps business days per funding line, reads
budgets and registrations too, and judges what it finds.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from contracts.record import MARK_HEADER
from tests.bench.limit_store import Document, Indexes, Place, Store, inserts, squeeze, updates

COLLECTIONS: Final[Indexes] = {"progress": [], "entries": [], "projects": []}
STATES_MAX: Final = 500_000
"""Projects kept in memory; the store has them all."""
MONTHS: Final = 12
TREASURY: Final = "treasury_payment"
RECORDED: Final = b"dualwatch.expenditure.recorded.v1"
REVERSED: Final = b"dualwatch.expenditure.reversed.v1"
DISBURSED: Final = b"dualwatch.funds.disbursed.v1"
MONEY: Final = frozenset({RECORDED, REVERSED, DISBURSED})


class Data(msgspec.Struct, gc=False):
    """What of a fact's data the fold looks at."""

    date: str
    fiscal_year: int
    amount: str
    channel: str = TREASURY
    returned: bool = False


class Event(msgspec.Struct, gc=False):
    """What of an event the fold looks at."""

    data: Data


parse = msgspec.json.Decoder(Event).decode
pack = msgspec.msgpack.Encoder().encode


class GapError(Exception):
    """A position is missing."""


class State:
    """One project: fen by fiscal year and month, January first; totals are kept beside them."""

    __slots__ = ("disbursed", "sequence", "spent", "years")

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self.sequence = self.spent = self.disbursed = 0
        self.years: dict[int, tuple[list[int], list[int]]] = {}

    @classmethod
    def of(cls, document: Document) -> "State":
        """Read it back."""
        state = cls()
        state.sequence = document["n"]
        state.spent, state.disbursed = document["spent"], document["disbursed"]
        state.years = {int(year): months for year, months in document["years"].items()}
        return state

    def document(self) -> Document:
        """Write it."""
        return {
            "n": self.sequence,
            "spent": self.spent,
            "disbursed": self.disbursed,
            "years": {str(year): months for year, months in self.years.items()},
        }

    def apply(self, event_type: bytes, data: Data) -> None:
        """Count one money fact."""
        year = self.years.get(data.fiscal_year)
        if year is None:
            year = self.years[data.fiscal_year] = ([0] * MONTHS, [0] * MONTHS)
        month = int(data.date[5:7]) - 1
        fen = int(data.amount.replace(".", ""))
        if event_type == REVERSED or data.returned:
            fen = -fen
        if event_type != DISBURSED:
            self.spent += fen
            year[0][month] += fen
        if event_type == DISBURSED or data.channel == TREASURY:
            self.disbursed += fen
            year[1][month] += fen


class ProjectionStage:
    """One partition of `ledger`.

    The copy of each project's entries is part of the job (every figure must say why); `entries`
    off shows what it costs.
    """

    def __init__(self, store: Store, place: Place, *, keep_entries: bool) -> None:
        """Own the partition."""
        self.store = store
        self.place = place
        self.keep_entries = keep_entries
        self.states: dict[bytes, State] = {}
        self.new: set[bytes] = set()
        """Projects that the store does not have yet."""

    async def resume(self) -> None:
        """Nothing is left undone: nothing follows a commit."""

    async def handle(self, records: Sequence[Any]) -> None:
        """Fold a batch and commit it."""
        if len(self.states) > STATES_MAX:
            self.states.clear()
        await self._load({record.key for record in records})
        touched: dict[bytes, list[Any]] = {}
        position = self._fold(records, touched)
        await self.store.commit(self.place, self._writes(touched), position, records[-1].offset + 1)
        self.new.clear()

    def _fold(self, records: Sequence[Any], touched: dict[bytes, list[Any]]) -> int:
        last, states = self.place.position, self.states
        for record in records:
            mark = _mark(record)
            position, sequence, _, _, event_type = mark.split(b" ")
            number = int(position)
            if number != last + 1:
                if number <= last:
                    continue
                message = f"{self.place.key}: {last + 1} is missing before {number}"
                raise GapError(message)
            last = number
            key, value = record.key, record.value
            state = states[key]
            state.sequence = int(sequence)
            if event_type in MONEY:
                state.apply(event_type, parse(value).data)
            entries = touched.get(key)
            if entries is None:
                entries = touched[key] = []
            entries.append((mark, value))
        return last

    def _writes(self, touched: dict[bytes, list[Any]]) -> list[Document]:
        # Every partition has its own copy of the jurisdiction's facts; they are no project's.
        touched = {key: marked for key, marked in touched.items() if b"/" in key}
        states = {key: self.states[key].document() for key in touched}
        # Whoever looks for an id that is not there walks over all that others have inserted behind
        # it and not committed: 3 to 60 s for 2,500 new projects, where an insert takes 0.1 s.
        found = inserts(
            "projects", [{"_id": key.decode(), **states[key]} for key in states if key in self.new]
        ) + updates(
            "projects",
            [
                {"q": {"_id": key.decode()}, "u": states[key]}
                for key in states
                if key not in self.new
            ],
        )
        if self.keep_entries:
            entries = [
                {
                    "_id": {"p": key.decode(), "n": self.states[key].sequence - len(marked) + 1},
                    "e": squeeze(pack(marked)),
                }
                for key, marked in touched.items()
            ]
            found += inserts("entries", entries)
        return found

    async def _load(self, keys: set[bytes]) -> None:
        missing = keys - self.states.keys()
        if missing:
            ids = [key.decode() for key in missing]
            self.states |= {key: State() for key in missing}
            async for found in self.store.db["projects"].find({"_id": {"$in": ids}}):
                self.states[found["_id"].encode()] = State.of(found)
            self.new = {key for key in missing if not self.states[key].sequence}


def _mark(record: Any) -> bytes:
    for name, value in record.headers:
        if name == MARK_HEADER:
            return bytes(value)
    message = f"offset {record.offset} carries no mark"
    raise GapError(message)
