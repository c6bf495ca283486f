"""Published packs on the real stack: judged from their place in the order, told layer by layer."""

import hashlib
from typing import Any

import pytest

from contracts.codec import new_event
from contracts.envelope import AnyEvent
from contracts.events.intake import JurisdictionRegistered, RulePackPublished
from deploy.local.stack import Stack
from tests.integration.alerts.running import Analysis, running, standing
from tests.unit.alerts.builders import JUNE_30, NOTED, assessment

pytestmark = pytest.mark.integration

J = "packs"
LISTED = "listed"

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
  - rule: fact_in_conflict
    parameters: {red_from: 100}
"""


def fact(data: Any, subject: str = J) -> AnyEvent:
    """Make a jurisdiction's fact."""
    name = hashlib.sha256(repr(data).encode()).hexdigest()
    return new_event(data, event_id=name, source="urn:test", subject=subject, time=NOTED)


def published(content: str = PACK, subject: str = J, **changes: Any) -> AnyEvent:
    """State a pack."""
    fields: dict[str, Any] = {
        "date": JUNE_30,
        "pack": "own",
        "version": 1,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "content": content,
        "effective_from": "2026-01-01",
    }
    return fact(RulePackPublished.model_validate(fields | changes), subject)


def ahead(project: str, position: int) -> AnyEvent:
    """Make an assessment whose money is 15 points ahead."""
    return assessment(project=f"{J}/{project}", ledger_position=position, money_ahead_bp=1500)


async def test_a_published_pack_judges_what_comes_after_it(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Not what came before; the alert names the pack; a restart changes nothing."""
    await analysis.say_everywhere(fact(JurisdictionRegistered(date=JUNE_30, name="市")))
    await analysis.say(ahead("P-1", 1))
    await analysis.say_everywhere(published())
    cut = await analysis.say(ahead("P-2", 2))
    async with running(shared_stack) as alerts:
        await alerts.passed(cut)
        told = await alerts.feed(J)
    cut = await analysis.say(ahead("P-3", 3))
    async with running(shared_stack) as alerts:
        await alerts.passed(cut)
        again = await alerts.feed(J)
    assert [("own", "1")] == [(e["data"]["pack"], e["data"]["pack_version"]) for e in told]
    assert [f"{J}/P-2", f"{J}/P-3"] == [event["subject"] for event in again]


async def test_tells_rules_layer_by_layer(shared_stack: Stack, analysis: Analysis) -> None:
    """What is in force, what set it, what of it does not hold; and checks a pack before it is."""
    await analysis.say_everywhere(fact(JurisdictionRegistered(date=JUNE_30, name="市"), LISTED))
    cut = await analysis.say_everywhere(published(subject=LISTED))
    async with standing(shared_stack) as alerts:
        await alerts.passed(cut)
        rule = await alerts.get("/v1/rules/money_ahead_of_results", jurisdiction=LISTED)
        listed = await alerts.get("/v1/rules", jurisdiction=LISTED)
        packs = await alerts.get("/v1/rules/packs", jurisdiction=LISTED)
        shipped = await alerts.get("/v1/rules/money_ahead_of_results")
        facts = await alerts.get("/v1/rules/facts")
        checked = await alerts.client.post(
            "/v1/rules/check",
            json={"content": PACK.replace("1500", "true"), "jurisdiction": LISTED},
        )
        unknown = await alerts.client.get("/v1/rules/nothing")

    parameter = rule["parameters"][0]
    assert (1500, "own@1", ["city@6", "own@1"]) == (
        parameter["value"],
        parameter["layer"],
        rule["layers"],
    )
    assert [("own@1", "overridden")] == [(one["layer"], one["change"]) for one in rule["history"]]
    assert "basis" in rule
    assert 2000 == shipped["parameters"][0]["value"]
    assert ["loosened"] == [part["code"] for part in listed["ignored"]]
    shipped_packs = [("city", None), ("quarantine", None), ("reporting", None)]
    assert [*shipped_packs, ("own", LISTED)] == [
        (pack["pack"], pack["jurisdiction"]) for pack in packs["items"]
    ]
    assert PACK == packs["items"][-1]["content"]
    assert any(item["name"] == "line.spent" for item in facts["items"])
    assert [9, 11] == [fault["line"] for fault in checked.json()["faults"]]
    assert (404, "unknown_rule") == (unknown.status_code, unknown.json()["code"])
