"""What is stored hangs on the ledger's entries alone: not on batches, restarts or redelivery."""

import contextlib
import copy
import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.record import Mark
from services.analysis.domain import FOLD_OF, evolve_jurisdiction
from services.analysis.handlers import folding, ledger
from services.analysis.handlers.ledger import LedgerHandler
from services.analysis.settings import AnalysisSettings
from services.analysis.store.documents import (
    batch_documents,
    jurisdiction_of,
    organisation_of,
    put_together,
    unpacked,
)
from services.analysis.store.states import (
    Batch,
    KeptEntry,
    OrganisationKey,
    Project,
    YearKey,
)
from services.analysis.store.writing import _stored
from services.chassis.health import Health
from services.chassis.records import FetchedRecord
from tests.support import builders, measuring, watching
from tests.support.builders import PROJECT
from tests.support.looped import looped
from tests.unit.analysis import strategies

KEY: Final = "a-key-for-tests-only"
NAMES: Final = (PROJECT, "610100/P2", "610100/P3")
REFUSED: Final = 13_13
PUBLISHERS: Final = ("", "bank", "finance", "treasury", "works")
SUPERSEDED: Final = frozenset({"rows", "moments"})
"""Collections of which only the handling tells: what was assessed when, where a batch ended."""
CHANCE: Final = frozenset({"assessed", "due", "unmeasured"})
"""Fields that hang on when a year was assessed."""
Document = dict[str, Any]


@dataclass
class MemoryTaken:
    """A partition as its owner holds it."""

    position: int
    offset: int | None
    extra: Document
    partition: int = 0

    async def release(self) -> None:
        """Let it go."""


@dataclass
class MemoryStore:
    """The documents that batches write, read back as the store on MongoDB does."""

    building: bool = False
    projection: str = "analysis.v1"
    found: dict[str, dict[str, Document]] = field(default_factory=dict)
    progress: MemoryTaken = field(default_factory=lambda: MemoryTaken(0, None, {}))

    def of(self, name: str) -> list[Document]:
        """Return the documents of a collection, in order of their ids."""
        return [copy.deepcopy(one) for _, one in sorted(self.found.get(name, {}).items())]

    async def take(self, _: int) -> Any:
        """Become the owner."""
        return self.progress

    async def is_live(self, _: int) -> bool:
        """Say whether it answers."""
        return not self.building

    async def live_position(self, _: int) -> int | None:
        """Be far ahead while it is being built."""
        return 10**9 if self.building else None

    async def swap(self, *_: Any) -> None:
        """Never swap."""

    async def jurisdictions(self, _: int) -> dict[str, Any]:
        """Read jurisdictions."""
        return {known["_id"]["j"]: jurisdiction_of(known) for known in self.of("jurisdictions")}

    async def organisations(self, _: int) -> dict[OrganisationKey, Any]:
        """Read organisations."""
        return {
            OrganisationKey(known["_id"]["j"], known["_id"]["code"]): organisation_of(known)
            for known in self.of("organisations")
        }

    async def load(self, projects: Collection[str]) -> dict[str, Project]:
        """Read projects."""
        heads = [known for known in self.of("heads") if known["_id"] in projects]
        years = [known for known in self.of("years") if known["_id"]["p"] in projects]
        return put_together(heads, years)

    async def originals(self, wanted: Any) -> dict[str, dict[int, KeptEntry]]:
        """Read entries that corrections name."""
        kept = self.entries()
        return {
            project: {one.sequence: one for one in kept.get(project, ()) if one.sequence in asked}
            for project, asked in wanted.items()
        }

    def entries(self) -> dict[str, list[KeptEntry]]:
        """Read what is kept, by stream: how many entries a document holds is chance."""
        found: dict[str, list[KeptEntry]] = {}
        packs = sorted(self.of("entries"), key=lambda one: (one["_id"]["p"], one["_id"]["n"]))
        for document in packs:
            found.setdefault(document["_id"]["p"], []).extend(unpacked(document))
        return found

    async def due(self, _: int, limit: int) -> list[YearKey]:
        """Name years that are due."""
        known = [one for one in self.of("years") if one["due"]]
        return [_key(one) for one in sorted(known, key=lambda one: one["due"])[:limit]]

    async def sweep_page(
        self, _: int, sweep: Any, years: Collection[int], changed_after: int, limit: int
    ) -> list[YearKey]:
        """Name the next years of a sweep."""
        keys = [
            _key(one)
            for one in self.of("years")
            if one["_id"]["y"] in years or one["position"] > changed_after
        ]
        return [key for key in sorted(keys) if sweep.after is None or key > sweep.after][:limit]

    async def round_page(self, _: int, asked: Any, limit: int) -> list[YearKey]:
        """Name the next years of a round."""
        keys = sorted(_key(one) for one in self.of("years"))
        return [key for key in keys if asked.after is None or key > asked.after][:limit]

    async def commit(self, taken: Any, batch: Batch) -> Any:
        """Write a batch."""
        assert taken is self.progress
        inserts, updates = batch_documents(0, batch)
        for name, documents in inserts.items():
            kept = self.found.setdefault(name, {})
            for document in documents:
                assert repr(document["_id"]) not in kept
                kept[repr(document["_id"])] = copy.deepcopy(document)
        for name, changes in updates.items():
            kept = self.found.setdefault(name, {})
            for change in changes:
                self._change(kept, change)
        standing = batch.standing
        self.progress = MemoryTaken(standing.position, standing.offset, standing.extra())
        _stored(batch)
        return self.progress

    def _change(self, kept: dict[str, Document], change: Document) -> None:
        name = repr(change["q"]["_id"])
        assert change.get("upsert") or name in kept
        fields = change["u"].get("$set", change["u"])
        before = kept.get(name, {}) if "$set" in change["u"] else {}
        kept[name] = copy.deepcopy({**before, "_id": change["q"]["_id"], **fields})

    async def publish(self, *_: Any) -> None:
        """Tell nobody."""

    def stored(self) -> Document:
        """Give all that follows from the entries alone."""
        states = {
            name: [
                {key: value for key, value in one.items() if key not in CHANCE}
                for one in self.of(name)
            ]
            for name in self.found
            if name not in SUPERSEDED and name != "entries" and self.found[name]
        }
        return {**states, "entries": self.entries(), "position": self.progress.position}


def _key(document: Document) -> YearKey:
    return YearKey(document["_id"]["p"], document["_id"]["y"])


Stated = tuple[AnyEvent, str]


def records(facts: Sequence[Stated], broken: Collection[int] = ()) -> list[FetchedRecord]:
    """Number facts as the ledger does; those at a position in `broken` cannot be read."""
    found, streams = [], dict[str, int]()
    for position, (event, publisher) in enumerate(facts, 1):
        sequence = streams[event.subject] = streams.get(event.subject, 0) + 1
        mark = Mark(position, sequence, 1_000 * position, position, event.type, publisher)
        raw = b"{" if position in broken else encode(event)
        key = event.subject.encode()
        found.append(FetchedRecord("ledger", 0, position, 0, key, raw, mark.to_bytes(), ()))
    return found


async def _played(
    batches: Sequence[tuple[Sequence[FetchedRecord], bool]], store: MemoryStore, bytes_max: int
) -> None:
    """Hand batches over, in order; before some the process starts anew."""
    held = AnalysisSettings(key=KEY).model_copy(
        update={"state_bytes_max": bytes_max, "sweep_page": 2}
    )
    handler = LedgerHandler(store, held, Health())
    handler._shares[0] = await handler._take(0)
    for batch, anew in batches:
        if anew:
            broken = handler._broken
            handler = LedgerHandler(store, held, Health())
            handler._broken = broken
            handler._shares[0] = await handler._take(0)
        with contextlib.suppress(folding.FoldError):
            await handler.handle(0, batch)
            continue
        await _again(handler, batch)


async def _again(handler: LedgerHandler, batch: Sequence[FetchedRecord]) -> None:
    """Take the partition anew and read on from where it stands, as its lane does on a failure."""
    for _ in batch:
        handler._shares[0] = await handler._take(0)
        with contextlib.suppress(folding.FoldError):
            await handler.handle(0, batch)
            return
    msg = "each entry is known not to fold, and yet one does not"
    raise AssertionError(msg)


def played(
    batches: Sequence[tuple[Sequence[FetchedRecord], bool]],
    *,
    building: bool = False,
    bytes_max: int = 10**9,
) -> Document:
    """Play batches; give what is stored then."""
    store = MemoryStore(building)
    looped(_played(batches, store, bytes_max))
    return store.stored()


class Mute:
    """A log that nobody reads."""

    def error(self, *_: Any, **__: Any) -> None:
        """Write nothing."""

    info = warning = exception = error


@pytest.fixture(autouse=True)
def _refusing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a payment of REFUSED fen fail to fold, as one does that no test has thought of."""
    pay = FOLD_OF[folding.PAYMENT]

    def refuse(year: Any, entry: Any, data: Any) -> None:
        if data.amount == REFUSED:
            raise ArithmeticError
        pay(year, entry, data)

    monkeypatch.setattr(folding, "FOLD_OF", {**FOLD_OF, folding.PAYMENT: refuse})
    # To write each failure with all its frames takes longer than all the rest.
    monkeypatch.setattr(ledger, "log", Mute())
    monkeypatch.setattr(folding, "log", Mute())


def of_project(event: AnyEvent, subject: str) -> AnyEvent:
    """State a fact of another project."""
    return event.model_copy(update={"subject": subject})


@st.composite
def corrections(draw: st.DrawFn) -> AnyEvent:
    """A correction of whatever stands there, if anything does."""
    fields: dict[str, Any] = {"line": draw(st.sampled_from([*strategies.LINES, None]))}
    if fields["line"] is None:
        fields = {"account": "government_funds"}
    return measuring.correction(
        draw(st.integers(1, 20)), date=draw(strategies.dates), fiscal_year=2026, **fields
    )


KINDS: Final[Sequence[tuple[int, st.SearchStrategy[AnyEvent]]]] = (
    # A payment is most of what comes, and meets all else.
    (
        5,
        st.builds(
            builders.expenditure,
            amount=strategies.amounts,
            date=strategies.dates,
            line=strategies.lines,
        ),
    ),
    (1, st.builds(builders.expenditure, amount=st.just("13.13"))),
    (1, st.builds(builders.expenditure, date=st.just("2025-12-30"), fiscal_year=st.just(2025))),
    (2, strategies.money_facts),
    (2, strategies.year_facts),
    (2, corrections()),
    (1, st.builds(watching.disposition, st.just("project_suspended"), strategies.names)),
    (1, strategies.state_changes),
    (
        1,
        st.builds(builders.project, date=strategies.dates, lead_unit=st.sampled_from(["U1", "U2"])),
    ),
    (1, st.builds(measuring.amendment, name=st.sampled_from(["甲", "乙"]))),
)
"""What is stated of a project, and how often."""
OF_ALL: Final = st.one_of(
    st.builds(builders.day_opened, strategies.dates),
    st.builds(builders.day_opened, st.sampled_from(["2026-03-10", "2026-03-11", "2026-06-30"])),
    st.builds(builders.heard, st.sampled_from(PUBLISHERS[1:]), strategies.dates),
    st.builds(measuring.year_closed),
    st.builds(builders.organisation, st.sampled_from(["O1", "O2"])),
    st.builds(builders.jurisdiction),
)
"""What is stated of a jurisdiction."""
# An alternative within another would count as often as all others together do.
IN_PROJECTS: Final = st.sampled_from([kind for times, kind in KINDS for _ in range(times)]).flatmap(
    lambda kind: st.builds(of_project, kind, st.sampled_from(NAMES))
)
FACTS: Final = st.sampled_from([IN_PROJECTS] * 5 + [OF_ALL]).flatmap(lambda kind: kind)
ledgers = st.lists(st.tuples(FACTS, st.sampled_from(PUBLISHERS)), min_size=15, max_size=60)


@st.composite
def batchings(draw: st.DrawFn, count: int) -> list[tuple[int, int, bool]]:
    """Cut so many records: from where (some come again), to where, and whether anew before."""
    ends = sorted(draw(st.sets(st.integers(1, max(1, count - 1)), max_size=12)) | {count})
    found = []
    for first, end in itertools.pairwise([0, *ends]):
        again = draw(st.sampled_from([0, 0, 0, 1, 5]))
        found.append((max(0, first - again), end, draw(st.booleans())))
    return found


THOROUGH: Final = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@THOROUGH
@given(
    facts=ledgers,
    broken=st.sets(st.integers(1, 50), max_size=2),
    small=st.booleans(),
    data=st.data(),
)
def test_what_is_stored_hangs_on_the_entries_alone(
    *, facts: list[Stated], broken: set[int], small: bool, data: st.DataObject
) -> None:
    """Every document but rows and moments, byte for byte: live, restarted, redelivered, anew."""
    facts = [(builders.jurisdiction(), "finance"), *facts]
    whole = records(facts, broken)
    batching = data.draw(batchings(len(whole)))
    parts = [(whole[first:end], anew) for first, end, anew in batching]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "PUBLISHERS_MAX", 2)
        patch.setattr(folding, "LONG_ENTRIES", 3)
        if small:
            patch.setattr(folding, "LOOK_BYTES", 1_500)
        bytes_max = 1_200 if small else 10**9
        live = played(parts, bytes_max=bytes_max)

        assert live == played([(whole, True)], bytes_max=bytes_max)
        assert live == played([([one], False) for one in whole], bytes_max=bytes_max)
        assert live == played([(whole, True)], building=True, bytes_max=bytes_max)
        assert live == played(parts, building=True, bytes_max=bytes_max)


def test_an_entry_that_does_not_fold_is_parked_wherever_its_batch_ends() -> None:
    """Its run is read again; what the others say is the same."""
    bad = builders.expenditure(amount="13.13")
    facts = [builders.jurisdiction(), builders.project(), builders.expenditure(), bad]
    whole = records([(one, "finance") for one in (*facts, builders.expenditure())])

    found = played([(whole, False)])
    assert [one["_id"]["position"] for one in found["parked"]] == [4]
    assert found["heads"][0]["incomplete"]
    assert found == played([([one], True) for one in whole])
    assert found == played([(whole, False)], building=True)


@pytest.mark.parametrize("kind", [builders.expenditure, builders.jurisdiction])
def test_an_entry_that_found_no_memory_is_read_again_and_not_parked(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it did not fold says nothing of the entry: made anew it would."""
    tries: list[int] = []

    def scarce(fold: Any) -> Any:
        def wrapped(*given: Any) -> Any:
            tries.append(1)
            if len(tries) == 1:
                raise MemoryError
            return fold(*given)

        return wrapped

    facts = [builders.project(), kind()]
    whole = records([(one, "finance") for one in facts])
    expected = played([(whole, False)])
    payment = folding.PAYMENT
    patched = {**folding.FOLD_OF, payment: scarce(folding.FOLD_OF[payment])}  # type: ignore[attr-defined]
    monkeypatch.setattr(folding, "FOLD_OF", patched)
    monkeypatch.setattr(folding, "evolve_jurisdiction", scarce(evolve_jurisdiction))
    store = MemoryStore()
    with pytest.raises(MemoryError):
        looped(_played([(whole, False)], store, 10**9))
    looped(_played([(whole, True)], store, 10**9))

    assert store.stored() == expected
    assert len(tries) > 1


def test_a_sum_beyond_what_is_stored_as_a_number_keeps_its_place() -> None:
    """It comes back as text; the order of days is that in which they came, stored or not."""
    huge = f"{10**15 - 1}.99"
    facts = [builders.jurisdiction(), builders.project()]
    facts += [builders.expenditure(amount=huge, date="2026-03-01") for _ in range(100)]
    facts += [builders.expenditure(amount="1.00", date="2026-02-01")]
    facts += [builders.reversal(huge, "2026-03-01") for _ in range(100)]
    whole = records([(one, "finance") for one in facts])

    assert played([(whole, False)]) == played([(whole[:110], False), (whole[110:], True)])


def test_what_comes_back_of_one_document_never_stops_a_partition() -> None:
    """However much it is, it can be stored."""
    huge = f"{10**15 - 1}.99"
    paper = {"kind": "payment_certificate", "number": "Z1"}
    facts = [builders.jurisdiction(), builders.project()]
    facts += [builders.reversal(huge, "2026-03-01", original=paper) for _ in range(200)]
    whole = records([(one, "finance") for one in facts])

    assert played([(whole, False)])["position"] == len(facts)


def test_a_stored_head_says_how_far_itself_is() -> None:
    """Not how far the batch went that wrote it: its years say how far they are."""
    facts = [builders.jurisdiction(), builders.project(), builders.expenditure()]
    whole = records([(one, "finance") for one in facts])

    (head,) = played([(whole, False)])["heads"]
    assert (head["sequence"], head["changed"]) == (1, 2)
