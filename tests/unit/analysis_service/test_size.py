"""A project that grows without end is left as it was once it is full; no other is held up by it."""

import asyncio
import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import encode
from contracts.envelope import AnyEvent
from services.analysis.api.asking import AskedProject
from services.analysis.api.project import head_of
from services.analysis.domain import (
    LOOK_BYTES,
    STATE_BYTES_MAX,
    Jurisdiction,
    ProjectYear,
    encode_state,
)
from services.analysis.handlers import folding
from services.analysis.handlers.agenda import Agenda
from services.analysis.handlers.arriving import Arrived
from services.analysis.handlers.folding import Folding
from services.analysis.handlers.gate import Gate
from services.analysis.handlers.grouping import grouped
from services.analysis.handlers.share import Cache, Share
from services.analysis.store.documents import packs, unpacked
from services.analysis.store.past import project_then
from services.analysis.store.reading import Found
from services.analysis.store.states import Batch, KeptEntry, Project, Standing, left_of
from tests.support import watching
from tests.support.builders import (
    PROJECT,
    budget,
    commitment,
    day_opened,
    disbursement,
    expenditure,
    jurisdiction,
    plan,
    progress,
    project,
    targets,
)
from tests.support.builders import target as target_terms
from tests.support.looped import looped
from tests.support.states import facts_alone
from tests.unit.analysis_service.test_payments_in_a_row import arrived

OTHER = "610100/P2"
DOCUMENT_BYTES_MAX = 16 * 1024 * 1024
"""What MongoDB takes."""

NAMED: dict[str, Callable[[int], AnyEvent]] = {
    "lines": lambda n: expenditure(line=f"L{n}"),
    "budgets": lambda n: budget(line=f"L{n}"),
    "contracts": lambda n: commitment("5.00", contract=f"C{n}"),
    "contracts paid": lambda n: expenditure(contract=f"C{n}"),
    "payees": lambda n: expenditure(amount="600000.00", payee={"name": f"公司{n}"}),
    "documents": lambda n: expenditure(
        amount="600000.00", document={"kind": "payment_certificate", "number": f"D{n}"}
    ),
    "functions": lambda n: expenditure(classification={"function": f"{2010000 + n}"}),
    "days": lambda n: expenditure(date=day_of(n)),
    "plans": lambda n: plan([("2026-01-01", "2026-12-31", "1.00")], plan_id=f"P{n}"),
    "indicators": lambda n: targets(target_terms(f"I{n}")),
    "results": lambda n: progress("1", indicator=f"I{n}"),
    "disbursed lines": lambda n: disbursement("5.00", line=f"L{n}"),
}
"""What a publisher can name anew with every fact."""


def day_of(n: int) -> str:
    """Name one of many days."""
    return f"{2000 + n // 336:04}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}"


def fold(
    runs: Sequence[Sequence[Arrived]], bytes_max: int = STATE_BYTES_MAX
) -> tuple[dict[str, Project], list[Batch]]:
    """Fold runs, one after the other."""
    taken: Any = None
    held = Share(0, taken, Standing(0, None), Gate(0), {}, {}, Cache(10), Agenda(0, 0))
    projects: dict[str, Project] = {}
    batches = []
    for run in runs:
        batch = Batch(Standing(run[-1].position, None))
        step = Folding(held, batch, projects, {}, bytes_max=bytes_max)
        looped(step.fold(grouped(run)))
        batches.append(batch)
    return projects, batches


def entries(facts: Sequence[AnyEvent]) -> list[Arrived]:
    """Number facts as the ledger does."""
    return arrived([(one, "finance") for one in facts])


def year_of(projects: dict[str, Project], subject: str = PROJECT) -> ProjectYear:
    """Return a project's year."""
    return projects[subject].years[2026].state


def test_a_full_year_takes_nothing_in_and_says_from_which_entry_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What came before counts as it did, the project says that it is not whole."""
    monkeypatch.setattr(folding, "LOOK_BYTES", 10_000)
    begun = [jurisdiction(), project(), project(OTHER)]
    many = [expenditure(line=f"L{n}") for n in range(1_000)]
    run = entries([*begun, *many, expenditure(OTHER)])
    projects, (batch,) = fold([run], bytes_max=20_000)

    year = year_of(projects)
    kept = [one for document in batch.packed for one in unpacked(document)]
    of_it = [one.sequence for one in kept if one.event_type == many[0].type][:-1]
    assert year.full
    assert year.left_out_from == year.sequence + 1
    assert year.left_out == 1_000 - len(year.lines)
    assert of_it == list(range(2, year.left_out_from))
    assert len(encode_state(year)) < 20_000 + 10_000
    assert projects[PROJECT].incomplete
    assert projects[PROJECT].head.sequence == 1_001
    assert PROJECT in batch.heads
    assert not projects[OTHER].incomplete
    assert len(year_of(projects, OTHER).lines) == 1


def test_a_full_year_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not assessed anew for what it leaves out."""
    monkeypatch.setattr(folding, "LOOK_BYTES", 1)
    facts = [jurisdiction(), project(), expenditure(), expenditure(), expenditure()]
    run = entries(facts)
    taken: Any = None
    held = Share(0, taken, Standing(0, None), Gate(0), {}, {}, Cache(10), Agenda(0, 0))
    projects: dict[str, Project] = {}
    changed = []
    for entry in run:
        step = Folding(held, Batch(Standing(entry.position, None)), projects, {}, bytes_max=1)
        looped(step.fold(grouped([entry])))
        changed.append([key.fiscal_year for key in step.changed])

    assert changed == [[], [], [2026], [2026], []]
    assert year_of(projects).left_out == 2


def test_what_is_true_of_all_years_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Amendments that come after count for nothing, and its figures go on."""
    monkeypatch.setattr(folding, "LOOK_BYTES", 1_000)
    facts = [jurisdiction(), expenditure()]
    facts += [project(date=day_of(n)) for n in range(100)]
    projects, _ = fold([entries([*facts, expenditure()])], bytes_max=3_000)

    head = projects[PROJECT].head
    assert head.full
    assert head.left_out == 100 - len(head.registrations)
    assert head.left_out_from == len(head.registrations) + 2
    assert projects[PROJECT].incomplete
    assert head.sequence == 102
    assert year_of(projects).sequence == 102


def asked(project: Project, fiscal_year: int = 2026) -> AskedProject:
    """Ask for a project."""
    place = Jurisdiction("610100", today=dt.date(2026, 6, 30))
    return AskedProject(Found(project, place, 0), place, [9], dt.date(2026, 6, 30), fiscal_year)


def test_an_answer_says_from_which_entry_on_entries_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where what is true of all years is full, in whichever year, and where both are."""
    monkeypatch.setattr(folding, "LOOK_BYTES", 1)
    amended = [project(date=day_of(n)) for n in range(2)]
    of_all, _ = fold([entries([jurisdiction(), expenditure(), *amended])], bytes_max=1)
    of_both, _ = fold(
        [entries([jurisdiction(), *amended, expenditure(), expenditure()])], bytes_max=1
    )
    none, _ = fold([entries([jurisdiction(), expenditure(), *amended])])

    for year in (2025, 2026):
        said = head_of(asked(of_all[PROJECT], year))
        assert said["incomplete"]
        assert said["left_out"] == {"from_sequence": 3, "entries": 1, "of_project": 1}
    both = head_of(asked(of_both[PROJECT]))["left_out"]
    assert both == {"from_sequence": 2, "entries": 2, "of_project": 1}
    assert head_of(asked(none[PROJECT]))["left_out"] is None


@settings(max_examples=40, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(NAMED)), min_size=10, max_size=60),
    amended=st.sets(st.integers(1, 60), max_size=20),
    position=st.integers(1, 80),
)
def test_what_was_known_then_lacks_what_it_lacked_then(
    *, kinds: list[str], amended: set[int], position: int
) -> None:
    """At every cut: the states that were, and what they had left out by then."""
    facts: list[AnyEvent] = [jurisdiction(), project()]
    for n, kind in enumerate(kinds, 1):
        facts.append(NAMED[kind](n))
        if n in amended:
            facts.append(
                watching.disposition("project_suspended", f"D{n}", date=day_of(n), fiscal_year=2026)
            )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "LOOK_BYTES", 1_500)
        run = entries(facts)
        _, batches = fold([run[:20], run[20:]] if len(run) > 20 else [run], bytes_max=2_000)
        projects, _ = fold([entries(facts)[:position]], bytes_max=2_000)
    documents = [one for batch in batches for one in (*batch.packed, *packs(batch.left))]
    kept: dict[str, list[KeptEntry]] = {}
    for document in documents:
        known = [one for one in unpacked(document) if one.position <= position]
        kept.setdefault(document["_id"]["p"], []).extend(known)
    then = project_then(PROJECT, kept[PROJECT], None, kept.get(left_of(PROJECT), []))

    if PROJECT not in projects:
        assert then is None
        return
    now = projects[PROJECT]
    assert then is not None
    assert then.incomplete == now.incomplete
    assert head_of(asked(then))["left_out"] == head_of(asked(now))["left_out"]
    for year, found in now.years.items():
        state, again = found.state, then.years[year].state
        assert (again.left_out, again.left_out_from) == (state.left_out, state.left_out_from)
        again.full = state.full
        assert facts_alone(again) == facts_alone(state)
    then.head.full = now.head.full
    assert facts_alone(then.head) == facts_alone(now.head)


@pytest.mark.parametrize(("long_seconds", "gives_turns"), [(-1.0, True), (60.0, False)])
def test_others_have_their_turn_while_a_project_takes_long(
    *, long_seconds: float, gives_turns: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka would give the partition to others, did it not hear from us; who is quick goes on."""
    monkeypatch.setattr(folding, "LONG_SECONDS", long_seconds)
    taken: Any = None
    held = Share(0, taken, Standing(0, None), Gate(0), {}, {}, Cache(10), Agenda(0, 0))
    run = entries([expenditure() for _ in range(5 * folding.LONG_ENTRIES)])
    step = Folding(held, Batch(Standing(run[-1].position, None)), {}, {})
    seen: list[int] = []

    async def beside() -> None:
        folding_it = asyncio.create_task(step.fold(grouped(run)))
        while not folding_it.done():
            seen.append(1)
            await asyncio.sleep(0)

    looped(beside())

    assert (len(seen) > 5) is gives_turns


@settings(max_examples=40, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(NAMED)), min_size=10, max_size=60),
    opened=st.booleans(),
    cuts=st.sets(st.integers(1, 60), max_size=8),
)
def test_when_a_year_is_full_hangs_on_its_entries_alone(
    *, kinds: list[str], opened: bool, cuts: set[int]
) -> None:
    """However they are batched, whether a day is open or not: a rebuild comes to the same."""
    begun = [jurisdiction(), *([day_opened("2026-03-10")] if opened else ()), project(), budget()]
    facts = [*begun, *(NAMED[kind](n) for n, kind in enumerate(kinds))]

    def states(parts: Sequence[Sequence[Arrived]]) -> list[bytes]:
        projects, _ = fold(parts, bytes_max=2_000)
        known = projects[PROJECT]
        years = [encode_state(year.state) for _, year in sorted(known.years.items())]
        return [encode_state(known.head), *years]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "LOOK_BYTES", 1_500)
        whole = states([entries(facts)])
        run = entries(facts)
        places = [0, *sorted(place for place in cuts if place < len(run)), len(run)]
        parts = [run[a:b] for a, b in itertools.pairwise(places)]
        assert states(parts) == whole
        assert states([[one] for one in entries(facts)]) == whole


@pytest.mark.parametrize("kind", sorted(NAMED))
def test_between_two_looks_no_document_comes_near_to_what_the_store_takes(kind: str) -> None:
    """Whatever is named anew: an entry makes a state grow by less than four times its own bytes."""
    facts = [NAMED[kind](n) for n in range(200)]
    projects, _ = fold([entries([jurisdiction(), project(), budget(), *facts])])
    grown = len(encode_state(year_of(projects))) / sum(len(encode(one)) for one in facts)

    assert grown < 4
    assert STATE_BYTES_MAX + 4 * (LOOK_BYTES + 64 * 1024) < DOCUMENT_BYTES_MAX / 2
