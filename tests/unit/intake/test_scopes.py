"""What a bounded publisher may state, and whose the organisations are below a subtree."""

import datetime as dt
from typing import Any

import pytest

from contracts.codec import encode_json
from services.intake.domain.decision import Before, Known
from services.intake.domain.ledger import decide
from services.intake.domain.scopes import NOBODY, Scope, outside
from services.intake.domain.submissions import Candidate, Origin, admitted, refused
from services.intake.domain.tree import OrganisationState, subtree
from tests.unit.intake.builders import HEFEI, day, origin

CITY = HEFEI.code
UNIT_A = Scope(frozenset({CITY}), frozenset({"A"}))
DAY = dt.date(2026, 3, 2)


def candidate(thing: str, subject: str, publisher: str = "a", **data: Any) -> Candidate:
    """Make a submission as a door hands it on."""
    document = {
        "specversion": "1.0",
        "id": f"{thing}:{subject}:{sorted(data.items())}",
        "source": "urn:test",
        "type": f"dualwatch.{thing}.v1",
        "subject": subject,
        "time": "2026-03-02T00:00:00Z",
        "data": {"date": "2026-03-02", **data},
    }
    raw = encode_json(document)
    found = admitted(raw, Origin(publisher, "http", None, 0, 0, len(raw)))
    assert found.refusal is None, found.refusal
    return found


def spent(project: str, **data: Any) -> Candidate:
    return candidate("expenditure.recorded", f"{CITY}/{project}", fiscal_year=2026, **data)


def registered(project: str, unit: str) -> Candidate:
    return candidate(
        "project.registered", f"{CITY}/{project}", name="p", lead_unit=unit, department="D"
    )


def opened(jurisdiction: str) -> Candidate:
    return admitted(day("2026-03-02", jurisdiction), origin(publisher="a"))


def organisation(code: str, parent: str | None = None) -> Candidate:
    more = {} if parent is None else {"parent": parent}
    return candidate(
        "organisation.registered", CITY, organisation=code, name=code, kind="unit", **more
    )


@pytest.mark.parametrize(
    ("event", "lead", "pointer"),
    [
        pytest.param(spent("P", unit="A"), None, None, id="its-own-unit"),
        pytest.param(spent("P", unit="A"), "B", None, id="its-line-on-another's-project"),
        pytest.param(spent("P"), "A", None, id="its-project"),
        pytest.param(spent("A"), None, None, id="its-own-stream"),
        pytest.param(spent("P", unit="B"), "A", "/data/unit", id="another's-line"),
        pytest.param(spent("P"), "B", "/subject", id="another's-project"),
        pytest.param(spent("P"), None, "/subject", id="nobody's-project"),
        pytest.param(spent("P", unit="a"), None, "/data/unit", id="other-case"),
        pytest.param(spent("P", unit="A\u200b"), None, "/data/unit", id="zero-width"),
        pytest.param(spent("P", unit="\uff21"), None, "/data/unit", id="full-width"),
        pytest.param(registered("P", "A"), None, None, id="registers"),
        pytest.param(registered("P", "A"), "A", None, id="registers-again"),
        pytest.param(registered("P", "A"), "B", "/subject", id="takes-over"),
        pytest.param(registered("P", "B"), None, "/data/lead_unit", id="for-another"),
        pytest.param(registered("P", "B"), "A", "/data/lead_unit", id="gives-away"),
        pytest.param(organisation("A"), None, None, id="its-organisation"),
        pytest.param(organisation("B"), None, "/data/organisation", id="another-organisation"),
        pytest.param(organisation("A", "D"), None, "/data/parent", id="moves-itself"),
        pytest.param(opened(CITY), None, "/type", id="opens-a-day"),
        pytest.param(
            candidate("expenditure.recorded", "other/A", fiscal_year=2026),
            "A",
            "/subject",
            id="another-jurisdiction",
        ),
    ],
)
def test_a_unit_states_what_is_its_own(
    event: Candidate, lead: str | None, pointer: str | None
) -> None:
    """By the unit that the event names, else by the unit that leads the project."""
    found = outside(event, UNIT_A, lead)

    assert pointer == (None if found is None else found.pointer)
    assert found is None or found.code == "unauthorised"


def test_a_jurisdiction_is_a_bound_of_its_own() -> None:
    """A city's publisher states everything of the city, and nothing of another."""
    city = Scope(frozenset({CITY}))

    assert outside(spent("P", unit="B"), city, None) is None
    assert outside(opened(CITY), city, None) is None
    assert outside(opened("other"), city, None) is not None
    assert outside(spent("P"), NOBODY, None) is not None


def test_the_owner_refuses_before_it_answers_anything_else() -> None:
    """Out of scope, a repeated id is not answered: that would tell that it exists."""
    open_, known = spent("P", publisher="free", unit="B"), spent("P", publisher="a", unit="B")
    before = Before(
        partition=0,
        position=0,
        heads={},
        jurisdictions={CITY: HEFEI},
        copies={},
        facts=0,
        scopes={"free": None, "a": UNIT_A},
    )

    decision = decide([open_, known, spent("P", publisher="stranger")], before, Known(), 1)

    assert decision.counts == {"accepted": 1, "unauthorised": 2}
    assert [entry.verdict.value for entry in decision.quarantine] == ["unauthorised"] * 2


def test_who_leads_is_known_within_the_batch() -> None:
    """A unit registers its project and goes on; another cannot, though it comes right behind."""
    mine = [registered("P", "A"), spent("P")]
    theirs = [candidate("expenditure.recorded", f"{CITY}/P", "b", fiscal_year=2026)]
    before = Before(
        partition=0,
        position=0,
        heads={},
        jurisdictions={CITY: HEFEI},
        copies={},
        facts=0,
        scopes={"a": UNIT_A, "b": Scope(frozenset({CITY}), frozenset({"B"}))},
    )

    decision = decide([*mine, *theirs], before, Known(), 1)

    assert decision.counts == {"accepted": 2, "unauthorised": 1}
    assert decision.leads == {f"{CITY}/P": "A"}


def test_what_the_door_refused_stays_invalid() -> None:
    """An event that cannot be read has no scope."""
    origin = Origin("stranger", "http", None, 0, 0, 2)
    before = Before(0, 0, {}, {}, {}, 0, {})

    decision = decide([refused(b"{}", origin, b"{}")], before, Known(), 1)

    assert decision.counts == {"invalid": 1}


def state(
    parent: str | None, since: dt.date = dt.date(2020, 1, 1), division: str | None = None
) -> OrganisationState:
    return OrganisationState(since, parent, division)


def test_a_subtree_follows_the_tree_of_the_day() -> None:
    """A unit that moves takes its access with it from that day on."""
    tree = {
        "D1": [state("BUREAU", division="V")],
        "D2": [state("BUREAU")],
        "U1": [state("D1"), state("D2", dt.date(2026, 7, 1))],
        "U2": [state("D1")],
    }

    assert subtree(tree, ["D1"], dt.date(2026, 6, 30)) == {"D1", "U1", "U2"}
    assert subtree(tree, ["D1"], dt.date(2026, 7, 1)) == {"D1", "U2"}
    assert subtree(tree, ["V"], dt.date(2026, 1, 1)) == {"V", "D1", "U1", "U2"}
    assert subtree(tree, ["BUREAU"], None) == {"BUREAU", "D1", "D2", "U1", "U2"}


def test_a_root_is_in_its_subtree_before_it_is_registered() -> None:
    """And a ring of parents ends."""
    assert subtree({}, ["U"], DAY) == {"U"}
    assert subtree({"A": [state("B")], "B": [state("A")]}, ["A"], DAY) == {"A", "B"}
    assert subtree({"A": [state("B", dt.date(2099, 1, 1))]}, ["B"], DAY) == {"A", "B"}


def test_what_was_said_last_of_one_day_holds() -> None:
    """A registration that is corrected replaces the one before."""
    assert subtree({"U": [state("A"), state("B")]}, ["B"], DAY) == {"B", "U"}


def test_a_move_changes_what_it_names() -> None:
    """A department that gets another division stays below its bureau."""
    moved = OrganisationState(dt.date(2026, 7, 1), None, "V2", moved=True)
    tree = {"D": [state("BUREAU", division="V1"), moved]}

    assert [subtree(tree, [root], DAY) for root in ("BUREAU", "V1", "V2")] == [
        {"BUREAU", "D"}, {"V1", "D"}, {"V2"},
    ]  # fmt: skip
    july = dt.date(2026, 7, 1)
    assert [subtree(tree, [root], july) for root in ("BUREAU", "V1", "V2")] == [
        {"BUREAU", "D"}, {"V1"}, {"V2", "D"},
    ]  # fmt: skip
