"""What is kept of a jurisdiction has limits; what goes is counted, and today stays as it is."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from contracts.envelope import AnyEvent
from contracts.events.intake.decisions import LISTED_MAX
from contracts.events.intake.measuring import CLASSES_MAX
from contracts.vocabulary import DATE_MAX, DATE_MIN, ID_LENGTH_MAX, NAME_LENGTH_MAX
from services.analysis.domain import (
    Entry,
    Jurisdiction,
    Organisation,
    encode_state,
    evolve_jurisdiction,
)
from services.analysis.domain.folding import jurisdiction as folds
from services.analysis.domain.folding import organisations
from services.analysis.domain.state import (
    LISTED_BYTES_MAX,
    OPENINGS_MAX,
    PUBLISHERS_MAX,
    VERSIONS_MAX,
    ClassModel,
    Closing,
    ModelVersion,
    Opening,
    Parameters,
    ParametersVersion,
    PriorityVersion,
    StandardVersion,
)
from services.analysis.handlers import counting
from services.analysis.handlers.agenda import Agenda
from services.analysis.handlers.folding import Folding
from services.analysis.handlers.gate import Gate
from services.analysis.handlers.grouping import grouped
from services.analysis.handlers.share import Cache, Share
from services.analysis.store.past import jurisdiction_then, organisations_then
from services.analysis.store.states import Batch, KeptEntry, Standing
from tests.support.builders import JURISDICTION, heard, jurisdiction, organisation
from tests.support.looped import looped
from tests.support.measuring import parameters, priority_list, standard, year_closed
from tests.unit.analysis_service.test_payments_in_a_row import arrived

DOCUMENT_BYTES_MAX: Final = 16 * 1024 * 1024
"""What MongoDB takes."""
MONTHS_BP: Final = [100 * month for month in range(1, 13)]


def state_of(facts: Sequence[AnyEvent]) -> Jurisdiction:
    """Fold facts in this order."""
    state: Jurisdiction | None = None
    for number, event in enumerate(facts, 1):
        state = evolve_jurisdiction(state, Entry(number, number, 0, event))
    assert state is not None
    return state


def share() -> Share:
    """Hold a partition in which nothing has happened."""
    taken: Any = None
    return Share(0, taken, Standing(0, None), Gate(0), {}, {}, Cache(10), Agenda(0, 0))


def fold(facts: Sequence[AnyEvent]) -> Share:
    """Fold facts as they come from the ledger."""
    held = share()
    run = arrived([(event, "finance") for event in facts])
    looped(Folding(held, Batch(Standing(len(run), None)), {}, {}).fold(grouped(run)))
    return held


def counted(kind: str) -> float:
    """Read the metric."""
    found: float = counting.FORGOTTEN.labels(kind)._value.get()
    return found


MANY: Final[dict[str, Callable[[int], AnyEvent]]] = {
    "parameters": lambda n: parameters(f"2026-01-{n:02}"),
    "standards": lambda n: standard(MONTHS_BP, date=f"2026-01-{n:02}"),
    "lists": lambda n: priority_list("P1", date=f"2026-01-{n:02}", fiscal_year=2026),
    "closings": lambda n: year_closed(2025, f"2026-01-{n:02}", version=n),
}
"""Facts of which the later replaces the earlier."""


@pytest.mark.moves("dualwatch_analysis_forgotten_facts_total")
@pytest.mark.parametrize("kind", sorted(MANY))
def test_what_a_later_version_replaces_goes_first_and_is_counted(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the state, for answers, and in the metric."""
    monkeypatch.setattr(folds, "VERSIONS_MAX", 3)
    before = counted(kind)
    held = fold([jurisdiction(), *(MANY[kind](n) for n in range(1, 6))])

    known = held.jurisdictions[JURISDICTION]
    assert [version.sequence for version in getattr(known, kind)] == [4, 5, 6]
    assert known.forgotten == {kind: 2}
    assert counted(kind) == before + 2


def test_what_nothing_replaces_stays_while_something_else_can_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The oldest list of all is the only one of its organisation: it is on it today."""
    monkeypatch.setattr(folds, "VERSIONS_MAX", 2)
    own = {"kind": "department", "organisation": "D1"}
    lists = [
        priority_list("P1", date="2026-01-01", **own),
        priority_list("P2", date="2026-01-02"),
        priority_list("P3", date="2026-01-03"),
    ]
    state = state_of([jurisdiction(), *lists])
    assert [version.projects for version in state.lists] == [["P1"], ["P3"]]

    # One more organisation: none is replaced, so the oldest goes.
    other = {"kind": "department", "organisation": "D2"}
    state = state_of([jurisdiction(), *lists, priority_list("P4", date="2026-01-04", **other)])
    assert [version.projects for version in state.lists] == [["P3"], ["P4"]]
    assert state.forgotten == {"lists": 2}


def test_lists_are_bounded_by_the_bytes_of_their_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest codes in Chinese take six times those of most."""
    monkeypatch.setattr(folds, "LISTED_BYTES_MAX", 12)
    dates = [f"2026-01-{n:02}" for n in range(1, 5)]
    state = state_of([jurisdiction(), *(priority_list("项", "目", date=day) for day in dates)])

    assert len(state.lists) == 2
    assert state.forgotten == {"lists": 2}
    state = state_of([jurisdiction(), priority_list("项目项目项", date="2026-01-01")])
    assert (state.lists, state.forgotten) == ([], {"lists": 1})
    assert LISTED_MAX * ID_LENGTH_MAX * len("项".encode()) < LISTED_BYTES_MAX


def test_organisations_and_publishers_beyond_a_number_are_not_taken_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those that are known go on; what was known then is the same."""
    monkeypatch.setattr(organisations, "ORGANISATIONS_MAX", 2)
    monkeypatch.setattr(organisations, "VERSIONS_MAX", 2)
    monkeypatch.setattr(folds, "PUBLISHERS_MAX", 1)
    facts = [
        jurisdiction(),
        *(organisation(code) for code in ("O1", "O2", "O3", "O1", "O1", "O3")),
        heard("bank", "2026-03-01"),
        heard("works", "2026-03-02"),
        heard("bank", "2026-03-03"),
    ]
    held = fold(facts)

    known = held.jurisdictions[JURISDICTION]
    assert {key.code for key in held.organisations} == {"O1", "O2"}
    assert known.forgotten == {"organisations": 2, "organisation_versions": 1, "publishers": 1}
    assert list(known.heard) == ["bank"]
    kept = [
        KeptEntry(one.sequence, one.position, 0, one.event_type, one.raw)
        for one in arrived([(event, "finance") for event in facts])
    ]
    then = organisations_then(kept)
    assert then == {key.code: found for key, found in held.organisations.items()}
    before = jurisdiction_then(JURISDICTION, kept)
    assert before is not None
    assert before.heard == known.heard


def test_the_largest_that_can_be_kept_can_be_stored() -> None:
    """Every limit reached, by the longest names: far below what the store takes."""
    long = "项" * ID_LENGTH_MAX
    place = Jurisdiction(long, today=None)
    place.openings = [Opening(740_000, 2**52, 2**52)] * OPENINGS_MAX
    place.closings = [Closing(2100, 740_000, 2**52, 2**52, 2**31)] * VERSIONS_MAX
    stated = Parameters(monitoring_cut_offs=("12-31",) * 12)
    place.parameters = [ParametersVersion(740_000, 2**52, stated)] * VERSIONS_MAX
    months = (2**53,) * 12
    place.standards = [StandardVersion(740_000, 2**52, 2100, long, None, months)] * VERSIONS_MAX
    model: Any = "seasonal"
    classes = (ClassModel(None, model, months, months, months),) * CLASSES_MAX
    place.models = [ModelVersion(740_000, 2**52, long, 2100, 9_000, classes)] * VERSIONS_MAX
    codes = [long] * (LISTED_BYTES_MAX // len(long.encode()) // VERSIONS_MAX)
    kind: Any = "bureau"
    place.lists = [PriorityVersion(740_000, 2**52, 2100, kind, long, codes)] * VERSIONS_MAX
    days = {f"{n:04}{long}"[:ID_LENGTH_MAX]: 740_000 for n in range(PUBLISHERS_MAX)}
    place.publishers = place.vouchers = place.heard = days
    place.exceptions = dict.fromkeys(range(DATE_MIN.toordinal(), DATE_MAX.toordinal() + 1), True)

    assert len(encode_state(place)) < DOCUMENT_BYTES_MAX / 2

    event = organisation(long[:64], name="名" * NAME_LENGTH_MAX)
    place = Jurisdiction(JURISDICTION)
    found: Organisation | None = Organisation(long, long)
    for number in range(VERSIONS_MAX + 1):
        found = organisations.evolve_organisation(place, found, Entry(number, number, 0, event))
    assert found is not None
    assert len(found.versions) == VERSIONS_MAX
    assert len(encode_state(found)) < DOCUMENT_BYTES_MAX / 2


def test_every_list_of_a_jurisdiction_has_a_limit() -> None:
    """Whoever adds one says what goes when there are too many."""
    empty = Jurisdiction("")
    kept = {
        name
        for name in Jurisdiction.__struct_fields__
        if isinstance(getattr(empty, name), list | dict)
    }
    numbered = {"openings", "publishers", "vouchers", "heard"}
    of_days_and_kinds = {"exceptions", "forgotten"}
    assert kept == folds._REPLACED_BY.keys() | numbered | of_days_and_kinds
