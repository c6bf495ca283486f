"""Publishing a pack through alerts: who may, what is refused, what is stated."""

import datetime as dt
import hashlib
from typing import Any

import pytest

from contracts.vocabulary import PrincipalKind, Role
from services.alerts.api.rules import RuleDesk
from services.alerts.api.rules_publishing import (
    PackToPublish,
    checked_of,
    faulty,
    may_publish,
    stated,
)
from services.alerts.domain.layers import RuleBook
from services.alerts.packs.checking import check
from services.alerts.store.packs import stored_of
from services.chassis.identity import Principal
from services.chassis.problems import ProblemError
from tests.unit.alerts.test_packs_in_force import (
    EVALUATOR,
    PACK,
    SHIPPED,
    J,
    Kept,
    in_force,
    published,
)

DAY = dt.date(2026, 7, 1)
BELOW = [rule for pack in SHIPPED for rule in pack.rules]


def pack(content: str = PACK, **changes: Any) -> PackToPublish:
    """Ask for a pack to be published."""
    fields = {"content": content, "jurisdiction": J, "effective_from": DAY}
    return PackToPublish.model_validate(fields | changes)


def desk(book: RuleBook) -> RuleDesk:
    """Answer with these packs in force."""

    async def book_of(_jurisdiction: str) -> RuleBook:
        return book

    return RuleDesk((), book_of, Kept(), EVALUATOR)


def somebody(*organisations: str, jurisdiction: str = J) -> Principal:
    """Make a reviewer of some departments; none: of the whole jurisdiction."""
    return Principal(
        "li",
        PrincipalKind.STAFF,
        frozenset({Role.DEPARTMENT_REVIEWER}),
        frozenset({jurisdiction}),
        organisations,
        frozenset(organisations),
    )


def test_a_pack_is_its_owners() -> None:
    """The jurisdiction's of those who see all of it, a department's also of its own people."""
    whole, own, elsewhere = somebody(), somebody("D1"), somebody(jurisdiction="A2")
    asked = [pack(), pack(department="D1"), pack(department="D2")]

    assert [True, True, True] == [may_publish(whole, one) for one in asked]
    assert [False, True, False] == [may_publish(own, one) for one in asked]
    assert [False, False, False] == [may_publish(elsewhere, one) for one in asked]


def test_the_fact_follows_from_what_it_says() -> None:
    """The same pack is the same fact, on whatever day it is asked for."""
    checked = check(PACK.encode(), BELOW, EVALUATOR)
    event, again = (stated(pack(), checked, day) for day in (DAY, DAY + dt.timedelta(days=1)))
    other = stated(pack(department="D1"), checked, DAY)

    assert event.id == again.id != other.id
    assert (J, "own", 1, DAY, "D1") == (
        event.subject,
        event.data.pack,
        event.data.version,
        event.data.effective_from,
        other.data.organisation,
    )
    assert hashlib.sha256(PACK.encode()).hexdigest() == event.data.sha256


def test_a_version_is_a_whole_number() -> None:
    """Versions count up: of two the higher holds."""
    content = PACK.replace('version: "1"', 'version: "1.5"')
    checked = check(content.encode(), BELOW, EVALUATOR)

    with pytest.raises(ProblemError) as raised:
        stated(pack(content), checked, DAY)
    assert "version_not_whole" == raised.value.problem.code


async def test_what_loosens_compliance_is_refused_with_its_place() -> None:
    """In both languages."""
    loose = PACK + "  - rule: fact_in_conflict\n    parameters: {red_from: 99}\n"
    checked = await checked_of(desk(in_force().book(0)), pack(loose))
    problem = faulty(checked).problem

    assert "pack_faulty" == problem.code
    assert "line 11, column 18: red_from 10 → 99 loosens compliance" in problem.detail
    assert problem.detail_zh


async def test_it_is_checked_against_what_is_in_force_but_itself() -> None:
    """A later version may take back what an earlier one made stricter; another pack's stands."""
    strict = PACK + "  - rule: fact_in_conflict\n    parameters: {red_from: 3}\n"
    milder = strict.replace("red_from: 3", "red_from: 5").replace('"1"', '"2"')
    book = await in_force(stored_of(published(strict))).read(0)

    assert [] == (await checked_of(desk(book), pack(milder))).faults
    other = milder.replace("id: own", "id: other")
    assert 1 == len((await checked_of(desk(book), pack(other))).faults)
