"""What folding hands its entries: what corrections correct, what is late, who was heard."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from contracts.codec import decode, encode
from contracts.envelope import AnyEvent
from contracts.record import Mark
from services.analysis.domain import (
    Entry,
    Jurisdiction,
    ProjectYear,
    encode_state,
    evolve_jurisdiction,
    explain,
)
from services.analysis.handlers import correcting
from services.analysis.handlers.agenda import Agenda
from services.analysis.handlers.arriving import Arrived
from services.analysis.handlers.folding import Folding
from services.analysis.handlers.gate import Gate
from services.analysis.handlers.grouping import grouped
from services.analysis.handlers.share import Cache, Share
from services.analysis.store import originals
from services.analysis.store.documents import packs, unpacked
from services.analysis.store.events import read_event
from services.analysis.store.past import jurisdiction_then, project_then
from services.analysis.store.states import Batch, KeptEntry, Project, Standing
from tests.support import chronicle
from tests.support.builders import (
    PROJECT,
    budget,
    day,
    day_opened,
    disbursement,
    expenditure,
    heard,
    jurisdiction,
    project,
)
from tests.support.looped import looped
from tests.support.measuring import correction, parameters, year_closed
from tests.support.states import facts_alone
from tests.support.watching import disposition

OTHER = "610100/P2"


def arrived(events: Sequence[AnyEvent], publisher: str = "finance") -> list[Arrived]:
    """Number events as the ledger does."""
    found, streams = [], dict[str, int]()
    for position, event in enumerate(events, 1):
        sequence = streams[event.subject] = streams.get(event.subject, 0) + 1
        mark = Mark(position, sequence, 0, position, event.type, publisher)
        found.append(
            Arrived(
                sequence,
                position,
                0,
                event=None,
                event_type=event.type,
                mark=mark.to_bytes(),
                key=event.subject.encode(),
                raw=encode(event),
                publisher=publisher,
            )
        )
    return found


def share() -> Share:
    taken: Any = None
    return Share(0, taken, Standing(0, None), Gate(0), {}, {}, Cache(10), Agenda(0, 0))


def folded(
    run: Sequence[Arrived], held: Share | None = None, known: correcting.Originals | None = None
) -> Folding:
    held = held or share()
    if known is None:
        known = correcting.in_run(run, correcting.wanted(run))
    folding = Folding(held, Batch(Standing(len(run), None)), {}, {}, known)
    looped(folding.fold(grouped(run)))
    return folding


def year_of(folding: Folding, fiscal_year: int = 2026) -> ProjectYear:
    return folding.projects[PROJECT].year(fiscal_year).state


LINES = [jurisdiction(), project(), budget(), budget(line="L2"), expenditure(amount="30.00")]


def test_a_correction_moves_what_stands_in_its_own_run() -> None:
    """Whatever else the run has: the entry of the same project and number."""
    run = arrived([*LINES, expenditure(OTHER, amount="5.00"), correction(4, line="L2")])
    year = year_of(folded(run))

    assert {PROJECT: {4}} == correcting.wanted(run)
    assert [4] == list(correcting.in_run(run, {PROJECT: {4}})[PROJECT])
    assert {4: ["L2", None, None, None]} == year.corrected


def test_what_is_not_found_is_kept_as_an_entry_only() -> None:
    """Neither in the run nor in the store."""
    run = arrived([*LINES, correction(4, line="L2"), correction(99, line="L2")])
    folding = folded(run, known={PROJECT: {}})

    assert {} == year_of(folding).corrected
    assert 6 == sum(len(unpacked(document)) for document in folding.batch.packed)


@pytest.mark.parametrize("entry", [4, 5], ids=["itself", "the next"])
def test_what_comes_later_is_not_corrected_however_entries_are_batched(entry: int) -> None:
    """One by one, in one run, folded again from what is kept, and explained: one answer."""
    run = arrived([*LINES[:4], correction(entry, line="L2"), expenditure(amount="300.00")])
    held, projects = share(), dict[str, Project]()
    for arrival in run:
        found = correcting.in_run([arrival], correcting.wanted([arrival]))
        step = Folding(held, Batch(Standing(arrival.position, None)), projects, {}, found)
        looped(step.fold(grouped([arrival])))
    whole = {PROJECT: {entry.sequence: entry.event for entry in entries_of(run)}}
    states = [
        projects[PROJECT].year(2026).state,
        year_of(folded(run)),
        year_of(folded(run, known=whole)),
        then_of(run),
    ]
    lines = {name: line.flows for name, line in states[0].lines.items()}

    assert {} == correcting.wanted(run)
    assert [{}] * 4 == [state.corrected for state in states]
    assert [lines] * 4 == [
        {name: line.flows for name, line in state.lines.items()} for state in states
    ]
    spent = explain(place_of(run), entries_of(run), 2026, "spent", day("2026-12-31"), "L1")
    assert "300.00" == spent.value == spent.sum


def then_of(run: Sequence[Arrived]) -> ProjectYear:
    """Fold the project again from what is kept of it."""
    (pack,) = packs({PROJECT: [(n.mark, n.raw) for n in run if n.key == PROJECT.encode()]})
    project = project_then(PROJECT, list(unpacked(pack)), None)
    assert project is not None
    return project.years[2026].state


def entries_of(run: Sequence[Arrived]) -> list[Entry]:
    """Decode the project's entries."""
    return [
        Entry(n.sequence, n.position, 0, read_event(n.raw, n.event_type))
        for n in run
        if n.key == PROJECT.encode()
    ]


def place_of(run: Sequence[Arrived]) -> Jurisdiction:
    """Fold the jurisdiction of a run."""
    return evolve_jurisdiction(None, Entry(1, 1, 0, read_event(run[0].raw, run[0].event_type)))


class Packs:
    """A collection of packs, as the store asks it."""

    def __init__(self, documents: list[dict[str, Any]]) -> None:
        self.documents = documents

    def find(self, query: dict[str, Any]) -> "Packs":
        """Select by id."""
        first, last = query["_id"]["$gte"], query["_id"]["$lte"]
        return Packs(
            [
                known
                for known in self.documents
                if known["_id"]["p"] == first["p"] and first["n"] <= known["_id"]["n"] <= last["n"]
            ]
        )

    def sort(self, _: str, order: int) -> "Packs":
        """Order by id."""
        return Packs(sorted(self.documents, key=lambda known: order * known["_id"]["n"]))

    def limit(self, count: int) -> "Packs":
        """Take the first."""
        return Packs(self.documents[:count])

    async def to_list(self, _: None) -> list[dict[str, Any]]:
        """Give them."""
        return self.documents


def test_the_store_finds_entries_in_the_packs_that_hold_them() -> None:
    """Several of one pack, of several packs; what is not kept is left out."""
    entries = arrived([expenditure(amount=f"{n}.00") for n in range(1, 10)])
    marked = [(entry.mark, entry.raw) for entry in entries]
    documents = [
        document
        for part in (marked[:3], marked[3:7], marked[8:])
        for document in packs({PROJECT: part})
    ]
    kept = looped(originals.load(Packs(documents), {PROJECT: {1, 3, 5, 8, 9, 50}, OTHER: {1}}))
    found = correcting.decoded(kept)

    assert isinstance(documents[0]["entries"], bytes)
    assert {PROJECT: [1, 3, 5, 9], OTHER: []} == {
        name: sorted(events) for name, events in found.items()
    }
    assert [100, 300, 500, 900] == [event.data.amount for event in found[PROJECT].values()]


def test_only_what_the_run_lacks_is_asked_of_the_store() -> None:
    """By project."""
    asked = {PROJECT: {1, 2}, OTHER: {3}}

    assert {PROJECT: {2}} == correcting.missing(asked, {PROJECT: {1: 0}, OTHER: {3: 0}})


def test_so_many_corrections_are_folded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with more is split before the first that is too many."""
    monkeypatch.setattr(correcting, "CORRECTED_MAX", 2)
    run = arrived([*LINES, *(correction(4, line="L2") for _ in range(3))])

    assert 7 == correcting.first_part(run)
    assert 7 == correcting.first_part(run[:7])
    assert 1 == correcting.first_part(run[7:])


def test_facts_are_late_by_the_day_that_is_open_when_they_are_folded() -> None:
    """Also where a day opens within a run, as in a rebuild."""
    run = arrived(
        [
            *LINES,
            day_opened("2026-03-02"),
            expenditure(date="2026-03-02"),
            expenditure(date="2026-03-01"),
            day_opened("2026-03-03"),
            expenditure(date="2026-03-02"),
        ]
    )

    assert 2 == sum(year_of(folded(run)).late_facts.values())


def test_publishers_are_heard_on_the_opened_day() -> None:
    """Per jurisdiction, once a day; the year names who stated its last payment."""
    held = share()
    folding = folded(arrived(LINES), held)
    assert {} == held.jurisdictions["610100"].publishers
    assert "finance" == year_of(folding).publisher

    folded(arrived([day_opened("2026-03-02"), budget()], "budget office"), held)
    place = held.jurisdictions["610100"]
    assert {"budget office": day("2026-03-02").toordinal()} == place.publishers
    again = folded(arrived([budget()], "budget office"), held)
    assert {} == again.batch.jurisdictions
    other = folded(arrived([expenditure()], "finance"), held)
    assert ["610100"] == list(other.batch.jurisdictions)
    assert ["budget office", "finance"] == list(place.publishers)


def test_all_is_judged_again_once_who_was_silent_is_heard() -> None:
    """On every partition, whatever it has heard itself: the fact says so (domain-rules 17f)."""
    held = share()
    opened = [day_opened(date) for date in ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05")]
    facts = [jurisdiction(), parameters(silent_publisher_days=2)]
    folded(arrived([*facts, *opened[:1], heard("finance", "2026-03-02"), *opened[1:3]]), held)
    awake = folded(arrived([heard("finance", "2026-03-04")]), held)
    assert [] == awake.batch.standing.rounds

    folded(arrived([*opened[3:], day_opened("2026-03-06"), day_opened("2026-03-09")]), held)
    again = folded(arrived([heard("finance", "2026-03-09")]), held)
    assert ["610100"] == [each.jurisdiction for each in again.batch.standing.rounds]
    once = folded(arrived([heard("finance", "2026-03-09")]), held)
    assert [] == once.batch.standing.rounds


def test_the_past_knows_who_was_heard() -> None:
    """By the facts that had come by then: they are kept as all facts of the jurisdiction are."""
    facts = [jurisdiction(), day_opened("2026-03-02"), heard("finance", "2026-03-02")]
    kept = [
        KeptEntry(one.sequence, one.position, 0, one.event_type, one.raw, one.publisher)
        for one in arrived([*facts, heard("finance", "2026-03-05")])
    ]
    then, now = jurisdiction_then("610100", kept[:3]), jurisdiction_then("610100", kept)

    assert then is not None
    assert now is not None
    assert {"finance": day("2026-03-02").toordinal()} == then.heard
    assert {"finance": day("2026-03-05").toordinal()} == now.heard


def test_the_latest_day_of_a_publishers_vouchers_is_kept() -> None:
    """What went out or came back, by its own date, also while no day is open (domain-rules 24)."""
    held = share()
    folded(
        arrived([jurisdiction(), expenditure(date="2026-03-05"), budget(date="2026-05-01")]), held
    )
    place = held.jurisdictions["610100"]
    assert {"finance": day("2026-03-05").toordinal()} == place.vouchers

    older = folded(arrived([expenditure(date="2026-03-04")]), held)
    assert {} == older.batch.jurisdictions
    newer = folded(arrived([disbursement("5.00", date="2026-04-01")], "bank"), held)
    assert ["610100"] == list(newer.batch.jurisdictions)
    assert ["bank", "finance"] == list(place.vouchers)
    assert day("2026-04-01").toordinal() == place.vouchers["bank"]


def test_what_is_remembered_of_publishers_does_not_hang_on_batches() -> None:
    """The same bytes, however entries were batched: a rebuild is compared by hash."""
    opened = arrived([jurisdiction(), day_opened("2026-03-02")])
    facts = [
        *arrived([budget(), expenditure(date="2026-03-01")], "b"),
        *arrived([budget(OTHER), expenditure(OTHER)], "c"),
        *arrived([budget(), expenditure(date="2026-02-01")], "a"),
    ]
    once, bit_by_bit = share(), share()
    folded([*opened, *facts], once)
    for run in (opened, *([entry] for entry in facts)):
        folded(run, bit_by_bit)

    assert encode_state(once.jurisdictions["610100"]) == encode_state(
        bit_by_bit.jurisdictions["610100"]
    )


def test_who_is_not_known_is_not_heard() -> None:
    """An entry of an older release does not say who stated it; wherever it stands in its run."""
    held = share()
    opened = arrived([jurisdiction(), day_opened("2026-03-02"), project()])
    folded([*opened, *arrived([budget()], "b"), *arrived([budget()], "")], held)

    known = held.jurisdictions["610100"]
    assert ["b", "finance"] == list(known.publishers)
    folded(arrived([expenditure()], ""), held)
    assert {} == known.vouchers


def test_an_entry_that_no_year_remembers_is_remembered_by_the_head() -> None:
    """A form of an earlier campaign: the stream's last number has to outlive a restart."""
    stated = [one for one in chronicle.events("610100", 1) if "monitoring_form" in one["type"]]
    form = decode(json.dumps({**stated[0], "subject": PROJECT}).encode())
    first, second = arrived([project(), budget()]), arrived([project(), budget(), form])[2:]
    known = folded(first).projects
    folding = Folding(share(), Batch(Standing(3, None)), known, {}, {})
    looped(folding.fold(grouped(second)))

    assert 3 == folding.batch.heads[PROJECT].head.sequence


def test_a_disposition_is_told_to_every_year_of_its_project() -> None:
    """It may suspend the project: its head and all its years change, and are assessed anew."""
    known = arrived(
        [
            project(),
            budget(fiscal_year=2025),
            budget(),
            disposition("project_suspended", date="2025-11-10"),
        ]
    )
    first, last = known[:3], known[3:]
    folding = Folding(share(), Batch(Standing(4, None)), folded(first).projects, {}, {})
    looped(folding.fold(grouped(last)))
    head = folding.batch.heads[PROJECT].head

    assert (4, ["D1"]) == (head.sequence, list(head.decided))
    assert {2025, 2026} == {key.fiscal_year for key in folding.changed}
    assert ["D1"] == list(year_of(folding, 2025).work.dispositions)
    assert {} == year_of(folding).work.dispositions
    then = project_then(PROJECT, [kept(entry) for entry in known], None)
    assert then is not None
    assert facts_alone(head) == encode_state(then.head)


def kept(entry: Arrived) -> KeptEntry:
    """An entry as the store keeps it."""
    return KeptEntry(
        entry.sequence,
        entry.position,
        entry.recorded_ms,
        entry.event_type,
        entry.raw,
        entry.publisher,
    )


def test_what_comes_after_a_closing_is_known_whichever_way_it_is_folded() -> None:
    """Payments in a row too, in one run or in two, and as it was known at a cut."""
    paid = [expenditure(date=date) for date in ("2026-12-30", "2026-12-20", "2026-12-31")]
    run = arrived([*LINES, *paid, year_closed(), *paid, year_closed(version=2), *paid])
    held = share()
    first = folded(run[:10], held)
    second = Folding(held, Batch(Standing(len(run), None)), first.projects, {}, {})
    looped(second.fold(grouped(run[10:])))
    then = project_then(PROJECT, kept_of(run), held.jurisdictions["610100"])
    assert then is not None
    states = (year_of(folded(run)), year_of(second), then.years[2026].state)

    earliest = day("2026-12-20").toordinal()
    assert [{9: earliest, 13: earliest}] * 3 == [state.after_closings for state in states]


def kept_of(run: Sequence[Arrived]) -> list[KeptEntry]:
    """Give a project's entries as the store keeps them."""
    return [kept(entry) for entry in run if entry.key == PROJECT.encode()]
