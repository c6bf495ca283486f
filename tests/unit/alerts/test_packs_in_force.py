"""Published packs: kept by partition, applied in order, ignored where they do not hold."""

import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.codec import new_event
from contracts.envelope import AnyEvent
from contracts.events.intake import JurisdictionRegistered, RulePackPublished
from services.alerts.domain.layers import RuleBook, StoredPack
from services.alerts.handlers.packs import PacksInForce
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs
from services.alerts.store.packs import PackNames, PackStore, pack_of, stored_of
from tests.unit.alerts.builders import JUNE_30, NOTED

J = "340700"
EVALUATOR = CelEvaluator()
SHIPPED = load_packs(EVALUATOR)

PACK = """\
id: own
version: "1"
effective_from: "2026-01-01"
title_zh: 自有
title_en: Own
extends: city
overrides:
  - rule: money_ahead_of_results
    parameters: {yellow_from_bp: 1500}
"""


class Kept(PackStore):
    """A store in memory."""

    def __init__(self, *packs: StoredPack) -> None:
        self.kept = packs

    async def packs(self, _partition: int) -> AsyncIterator[StoredPack]:
        """Yield what was kept of any partition."""
        for pack in self.kept:
            yield pack

    async def parents(self, _partition: int) -> dict[str, str]:
        """Nobody inherits."""
        return {}

    async def names(self, _partition: int) -> PackNames:
        """Name what was kept."""
        return tuple((pack.sha256,) for pack in self.kept)


def published(content: str = PACK, **changes: Any) -> AnyEvent:
    """State a pack."""
    fields = {
        "date": JUNE_30,
        "pack": "own",
        "version": 1,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "content": content,
    }
    data = RulePackPublished.model_validate(fields | changes)
    return new_event(data, event_id="1", source="urn:test", subject=J, time=NOTED)


def in_force(*packs: StoredPack) -> PacksInForce:
    """Begin with what is kept."""
    return PacksInForce(SHIPPED, EVALUATOR, Kept(*packs))


def threshold(book: RuleBook, day: dt.date = JUNE_30) -> tuple[object, str]:
    """Return the threshold in force, and the pack that alerts would record."""
    rule = next(r for r in book.at(J, None, day).rules if r.id == "money_ahead_of_results")
    return rule.parameters["yellow_from_bp"].value, f"{rule.pack}@{rule.pack_version}"


@pytest.mark.moves("dualwatch_alerts_packs_total")
def test_a_published_pack_judges_from_its_day() -> None:
    """That of the fact, which counts before what the file says; the book before stays as it was."""
    force = in_force()
    before = force.book(0)
    after = force.after(before, published(version=7))

    assert (2000, "city@6") == threshold(before)
    assert (1500, "own@7") == threshold(after)
    assert (2000, "city@6") == threshold(after, JUNE_30 - dt.timedelta(days=1))


async def test_the_same_order_gives_the_same_rules() -> None:
    """Read from the store, told one by one, told twice."""
    first, second = published(), published(PACK.replace("1500", "1600"), version=2)
    told = in_force()
    book = told.after(told.after(told.after(told.book(0), first), second), first)
    stored = await in_force(stored_of(first), stored_of(second)).read(0)

    assert (1600, "own@2") == threshold(book) == threshold(stored)


async def test_a_partition_is_loaded_and_dropped() -> None:
    """Who has not loaded it judges by the shipped packs."""
    force = in_force(stored_of(published()))
    await force.load(3)

    assert 1500 == threshold(force.book(3))[0]
    assert 2000 == threshold(force.book(2))[0]
    assert 1500 == threshold(force.any_book())[0]
    force.drop(3)
    assert 2000 == threshold(force.book(3))[0]


async def test_an_instance_that_loses_its_last_partition_forgets_nothing() -> None:
    """It may judge units and departments at once; what it knew at its start is days old."""
    store = Kept()
    force = PacksInForce(SHIPPED, EVALUATOR, store)
    await force.look()
    store.kept = (stored_of(published()),)
    await force.load(2)
    await force.load(3)
    for partition in (2, 3):
        force.drop(partition)
        assert 1500 == threshold(force.any_book())[0]
    force.drop(3)
    assert 1500 == threshold(force.any_book())[0]


async def test_what_belongs_to_no_partition_is_judged_by_what_the_store_has() -> None:
    """Also where no partition is owned, at a start; read anew only once something was published."""
    store = Kept()
    force = PacksInForce(SHIPPED, EVALUATOR, store)
    before = await force.stored([2, 1, 2])
    same = await force.stored([1])
    store.kept = (stored_of(published()),)
    after = await force.stored([1])

    assert [1, 2] == list(before)
    assert before[1] is same[1]
    assert (2000, 1500) == (threshold(before[1])[0], threshold(after[1])[0])
    assert SHIPPED == (await PacksInForce(SHIPPED).stored([0]))[0].shipped


async def test_at_a_start_what_was_published_is_known_before_anything_is_judged() -> None:
    """Units and departments are judged by an instance that owns no partition yet."""
    force = in_force(stored_of(published()))
    await force.look()

    assert 1500 == threshold(force.any_book())[0]


def test_what_cannot_be_read_is_ignored() -> None:
    """The layer below stays in force."""
    force = in_force()
    book = force.book(0)

    assert book is force.after(book, published("rules: ["))
    assert book is force.after(book, published(PACK.replace("own", "Own!")))


@pytest.mark.moves("dualwatch_alerts_pack_parts_ignored_total")
def test_what_loosens_compliance_is_ignored_and_said() -> None:
    """The rest of the pack holds."""
    loose = PACK + "  - rule: fact_in_conflict\n    parameters: {red_from: 1000}\n"
    force = in_force()
    found = force.after(force.book(0), published(loose)).at(J, None, JUNE_30)
    kept = next(rule for rule in found.rules if rule.id == "fact_in_conflict")

    assert ["loosened"] == [part.code for part in found.ignored]
    assert 10 == kept.parameters["red_from"].value


def test_a_jurisdiction_inherits_from_the_one_it_names() -> None:
    """And from nobody else."""
    force = in_force()
    book = force.after(force.book(0), published())
    registered = JurisdictionRegistered(date=JUNE_30, name="区", parent=J)
    child = new_event(registered, event_id="2", source="urn:test", subject="340702", time=NOTED)
    after = force.after(book, child)

    def value(which: RuleBook) -> object:
        rules = which.at("340702", None, JUNE_30).rules
        rule = next(r for r in rules if r.id == "money_ahead_of_results")
        return rule.parameters["yellow_from_bp"].value

    assert (2000, 1500) == (value(book), value(after))
    assert after is force.after(after, child)


def test_another_fact_changes_nothing() -> None:
    """The same book is handed back."""
    registered = JurisdictionRegistered(date=JUNE_30, name="市")
    event = new_event(registered, event_id="2", source="urn:test", subject=J, time=NOTED)
    force = in_force()

    assert force.book(0) is force.after(force.book(0), event)


def test_documents_hold_what_was_published() -> None:
    """To the day and the text."""
    pack = stored_of(published(effective_to="2026-12-31", organisation="D1"))
    document = {
        "jurisdiction": J,
        "organisation": "D1",
        "pack": "own",
        "version": 1,
        "effective_from": "2026-06-30",
        "effective_to": "2026-12-31",
        "sha256": pack.sha256,
        "content": PACK,
        "published_on": "2026-06-30",
    }

    assert pack == pack_of(document)
