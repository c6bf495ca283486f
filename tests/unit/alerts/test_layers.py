"""Layers of packs: who wins, what is never loosened, which versions are in effect."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from contracts.vocabulary import Aspect, PrincipalKind, PriorityListKind, Role, Severity
from services.alerts.api.priority import as_led, nominated, nominating
from services.alerts.domain.layers import (
    Layer,
    LayerKey,
    Override,
    Published,
    RuleBook,
    lay,
    stack,
)
from services.alerts.domain.rules import Rule, Term
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_layer, load_packs
from services.alerts.store.decisions import Whose
from services.chassis.identity import Principal, deployment

SHIPPED = load_packs(CelEvaluator())
BELOW = {rule.id: rule for pack in SHIPPED for rule in pack.rules}
DAY = dt.date(2026, 6, 30)
J = "610100"

TIMELY = "execution_behind_standard"
LAWFUL = "fact_in_conflict"
"""A rule of compliance with a parameter (red_from 10, lower is stricter)."""
ORDINARY = "spending_above_disbursement"
"""One with the ordinary term: ten days, five on a priority list, reminded at 3 and 0."""


def layer(*overrides: Override, **changes: Any) -> Layer:
    """Make a layer upon the city pack."""
    made = Layer("own", "1", dt.date(2026, 1, 1), None, "自有", "Own", "city", tuple(overrides), ())
    return replace(made, **changes)


def laid(*overrides: Override, **changes: Any) -> dict[str, Rule]:
    """Lay it upon the shipped packs; nothing of it may be ignored."""
    rules, ignored = lay(BELOW, layer(*overrides, **changes))
    assert () == ignored
    return rules


def codes(*overrides: Override, **changes: Any) -> list[str]:
    """Return what of a layer is ignored; the rules below must be as they were."""
    rules, ignored = lay(BELOW, layer(*overrides, **changes))
    assert BELOW == rules
    return [part.code for part in ignored]


def test_a_layer_sets_what_it_names() -> None:
    """And the rest stays; the alert will name the layer, the parameter its own."""
    rule = laid(Override(TIMELY, {"yellow_below_bp": 8500}))[TIMELY]

    assert 8500 == rule.parameters["yellow_below_bp"].value
    assert "own@1" == rule.parameters["yellow_below_bp"].layer
    assert "city@6" == rule.parameters["red_below_bp"].layer
    assert (("own", "1"), ("city@6", "own@1")) == ((rule.pack, rule.pack_version), rule.layers)
    assert "city" == BELOW[TIMELY].pack


def test_a_set_parameter_judges() -> None:
    """The condition is the same, the number another."""
    facts = {"has_money_ahead_bp": True, "money_ahead_bp": 1500}
    rule = laid(Override("money_ahead_of_results", {"yellow_from_bp": 1500}))

    assert rule["money_ahead_of_results"].when.holds(facts)
    assert not BELOW["money_ahead_of_results"].when.holds(facts)


def test_a_rule_is_switched_off_or_stated_anew() -> None:
    """Unless it is one of compliance."""
    off = laid(Override(TIMELY, enabled=False))
    anew = replace(BELOW[TIMELY], severity=Severity.RED)

    assert TIMELY not in off
    assert Severity.RED is laid(rules=(anew,))[TIMELY].severity


@pytest.mark.parametrize(
    ("override", "code"),
    [
        (Override("nothing"), "unknown_rule"),
        (Override(TIMELY, {"nothing": 1}), "unknown_parameter"),
        (Override(TIMELY, {"yellow_below_bp": True}), "wrong_type"),
        (Override(TIMELY, {"yellow_below_bp": "8000"}), "wrong_type"),
        (Override("milestone_overdue", {"from": 2}), "fixed"),
        (Override(LAWFUL, {"red_from": 11}), "loosened"),
        (Override(LAWFUL, enabled=False), "switched_off"),
        (Override("over_budget", severity=Severity.YELLOW), "loosened"),
        (Override("over_budget", for_days=1), "loosened"),
        (Override("over_budget", term=Term()), "loosened"),
        (Override("over_budget", term=Term(6, 3, (1, 0), (1, 4, 7))), "loosened"),
        (Override("over_budget", term=Term(5, 4, (1, 0), (1, 4, 7))), "loosened"),
        (Override("over_budget", term=Term(5, 3, (1, 0), (1, 4))), "loosened"),
        (Override("over_budget", term=Term(5, 3, (1, 0), (1, 4, 8))), "loosened"),
        (Override("over_budget", term=Term(5, 3, (), (1, 4, 7))), "loosened"),
        (Override("over_budget", term=Term(5, 3, (0,), (1, 4, 7))), "loosened"),
        (Override("over_budget", term=Term(4, 3, (0,), (1, 4, 7))), "loosened"),
        (Override(ORDINARY, term=Term(10, 5, (2, 0), (1, 6, 11))), "loosened"),
    ],
)
def test_what_does_not_hold_is_ignored(override: Override, code: str) -> None:
    """The layer below stays in force, and one is told why."""
    assert [code] == codes(override)


@pytest.mark.parametrize(
    "override",
    [
        Override(LAWFUL, {"red_from": 10}),
        Override(LAWFUL, {"red_from": 2}),
        Override(LAWFUL, severity=Severity.RED),
        Override("over_budget", term=Term(4, 2, (1, 0), (1, 2, 3))),
        Override("over_budget", term=Term(3, None, (1, 0), (1, 4, 7))),
        Override("over_budget", term=Term(5, 3, (2, 1, 0), (1, 4, 7))),
        Override(ORDINARY, term=Term(5, 3, (1, 0), (1, 4, 7))),
        Override(ORDINARY, term=Term(0, 0, (1, 0), (1, 4, 7))),
    ],
)
def test_compliance_may_become_stricter(override: Override) -> None:
    """Lower limits, graver, sooner."""
    assert "own" == laid(override)[override.rule].pack


def test_a_rule_of_compliance_is_not_stated_anew() -> None:
    """Neither by a layer nor by a whole pack of the same id."""
    anew = replace(BELOW["over_budget"], severity=Severity.INFO, pack="own")

    assert ["restated"] == codes(rules=(anew,))


def test_who_did_not_state_a_rule_of_compliance_does_not_mute_it() -> None:
    """Its rule judges, and mutes what else it names; one is told why."""
    loud = replace(BELOW[TIMELY], id="loud", inhibits=("over_budget", TIMELY), pack="own")
    rules, ignored = lay(BELOW, layer(rules=(loud,)))

    assert [("loud", "silenced")] == [(part.rule, part.code) for part in ignored]
    assert "over_budget" in ignored[0].why
    assert (TIMELY,) == rules["loud"].inhibits


def test_who_stated_a_rule_of_compliance_may_mute_it() -> None:
    """Of what one pack states, it says itself what says the same."""
    own = replace(BELOW["over_budget"], id="own_limit", pack="own")
    loud = replace(BELOW[TIMELY], id="loud", inhibits=("own_limit",), pack="own")

    assert ("own_limit",) == laid(rules=(own, loud))["loud"].inhibits
    upon, ignored = lay(laid(rules=(own, loud)), layer(pack="further"))
    assert (("own_limit",), ()) == (upon["loud"].inhibits, ignored)


def test_a_rule_of_compliance_is_not_muted_by_what_was_there_before() -> None:
    """A pack below inhibits a rule of its own; it is stated anew as one of compliance."""
    soft = replace(BELOW[TIMELY], id="soft", pack="own")
    loud = replace(BELOW[TIMELY], id="loud", inhibits=("soft", TIMELY), pack="own")
    grave = replace(soft, aspect=Aspect.COMPLIANCE, pack="further")
    rules, ignored = lay(laid(rules=(soft, loud)), layer(pack="further", rules=(grave,)))

    assert ((), (TIMELY,)) == (ignored, rules["loud"].inhibits)


def test_a_whole_pack_takes_the_place_of_its_id_but_for_compliance() -> None:
    """What the shipped pack says of time and results is gone, of compliance it stays."""
    mine = replace(BELOW[TIMELY], layers=("city@9",), pack_version="9")
    rules = laid(pack="city", version="9", extends=None, rules=(mine,))
    kept = {
        rule.aspect
        for rule in rules.values()
        if "9" != rule.pack_version and "reporting" != rule.pack
    }

    assert {Aspect.COMPLIANCE} == kept
    assert "9" == rules[TIMELY].pack_version


def test_a_layer_upon_nothing_is_ignored_whole() -> None:
    """It extends a pack that is not below it."""
    assert ["unknown_pack"] == codes(Override(TIMELY, enabled=False), extends="nothing")


def test_a_layer_that_others_have_overtaken_is_ignored() -> None:
    """What was stricter yesterday loosens today, because the parent has become stricter."""
    parent = layer(Override(LAWFUL, {"red_from": 3}), pack="parent")
    child = layer(Override(LAWFUL, {"red_from": 5}))

    alone = {rule.id: rule for rule in stack(BELOW.values(), [child]).rules}
    assert 5 == alone[LAWFUL].parameters["red_from"].value
    rules, ignored = stack(BELOW.values(), [parent, child])
    found = next(rule for rule in rules if rule.id == LAWFUL)
    assert (3, ["loosened"]) == (
        found.parameters["red_from"].value,
        [part.code for part in ignored],
    )


def key(jurisdiction: str = J, organisation: str = "", version: int = 1) -> LayerKey:
    """Name a published pack."""
    return LayerKey(jurisdiction, organisation, "own", version)


def yellow(book: RuleBook, department: str | None = None, day: dt.date = DAY) -> object:
    """Return the threshold in force."""
    rules = book.at(J, department, day).rules
    return next(r for r in rules if r.id == TIMELY).parameters["yellow_below_bp"].value


def setting(value: int, **changes: Any) -> Layer:
    """Make a layer that sets the threshold."""
    return layer(Override(TIMELY, {"yellow_below_bp": value}), **changes)


def test_parent_jurisdiction_and_department_in_this_order() -> None:
    """Each sets what it names upon those above it."""
    published = (
        Published()
        .with_parent(J, "610000")
        .with_layer(key("610000"), setting(8100))
        .with_layer(key("999999"), setting(9999))
    )

    assert 8100 == yellow(RuleBook(SHIPPED, published))
    published = published.with_layer(key(), setting(8200))
    assert 8200 == yellow(RuleBook(SHIPPED, published))
    published = published.with_layer(key(J, "D1"), setting(8300))
    book = RuleBook(SHIPPED, published)
    assert (8200, 8300, 8200) == (yellow(book), yellow(book, "D1"), yellow(book, "D2"))


def test_parents_that_inherit_from_each_other_end() -> None:
    """A circle is gone through once."""
    published = Published().with_parent("A", "B").with_parent("B", "A")

    assert ("B", "A") == published.above("A")
    assert ("A",) == published.with_parent("A", None).above("A")


def test_the_highest_version_in_effect_judges() -> None:
    """From its first day to its last; then the one before it again."""
    until = dt.date(2026, 5, 31)
    second = setting(8200, version="2", effective_from=dt.date(2026, 3, 1), effective_to=until)
    published = Published().with_layer(key(), setting(8100)).with_layer(key(version=2), second)
    book = RuleBook(SHIPPED, published)
    days = ["2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01", "2026-05-31", "2026-06-01"]

    found = [yellow(book, day=dt.date.fromisoformat(day)) for day in days]
    assert [8000, 8100, 8100, 8200, 8200, 8100] == found


def test_a_layer_upon_another_of_the_same_owner_comes_after_it() -> None:
    """Whatever their names."""
    lower = setting(8100, pack="z")
    upper = setting(8200, pack="a", extends="z")
    published = Published()
    for one in (upper, lower):
        published = published.with_layer(LayerKey(J, "", one.pack, 1), one)

    assert 8200 == yellow(RuleBook(SHIPPED, published))


def test_the_same_packs_give_the_same_rules() -> None:
    """The set is made once, for all departments and days."""
    book = RuleBook(SHIPPED, Published().with_layer(key(), setting(8100)))

    assert book.at(J, "D1", DAY) is book.at(J, None, dt.date(2026, 7, 1))
    assert book.at("other", None, DAY).rules == tuple(BELOW.values())


LAYER = """
id: own
version: "1"
effective_from: "2026-01-01"
title_zh: 自有
title_en: Own
extends: city
overrides:
  - rule: over_budget
    term: {explain_within: 3, remind_before: [1, 0], escalate_after: [1, 2, 3]}
"""


def test_reads_a_layer() -> None:
    """Rules and overrides as they are written."""
    found = load_layer(LAYER.encode(), CelEvaluator())

    assert "city" == found.extends
    assert 3 == laid(*found.overrides)["over_budget"].term.explain_within


def test_a_project_that_moved_is_nominated_by_its_present_departments_rules() -> None:
    """What leads no project, or was never assessed, is as its alert says."""
    book = RuleBook(
        SHIPPED, Published({LayerKey(J, "D-off", "own", 1): layer(Override(TIMELY, enabled=False))})
    )
    alert = {"jurisdiction": J, "rule": TIMELY, "as_of": str(DAY), "lead_unit": "U-1"}
    alert["project"] = f"{J}/P"
    alerts = [{**alert, "case": name, "department": "D-1"} for name in ("moved", "stays", "new")]
    led = {"moved": Whose("U-2", "D-off"), "stays": Whose("U-3", "D-2")}
    found = nominated(
        as_led(alerts, led, deployment()), book, PriorityListKind.DEPARTMENT, {J: DAY}
    )

    assert [("stays", "U-3", "D-2"), ("new", "U-1", "D-1")] == [
        (one["case"], one["lead_unit"], one["department"]) for one in found
    ]


def test_a_project_that_moved_is_nominated_to_nobody_it_has_left() -> None:
    """Whom it has now, and whether that one lists it, is nothing for who had it before."""
    stands = {"jurisdiction": J, "lead_unit": "U-1", "department": "D-1"}
    alerts = [
        {**stands, "case": name, "project": f"{J}/{name}"} for name in ("moved", "stays", "new")
    ]
    led = {"moved": Whose("U-2", "D-2"), "stays": Whose("U-1", "D-1")}
    roles, places = frozenset({Role.DEPARTMENT_REVIEWER}), frozenset({J})
    whole = Principal("li", PrincipalKind.STAFF, roles, places)
    old, now = (
        Principal("wang", PrincipalKind.STAFF, roles, places, (name,), frozenset({name, unit}))
        for name, unit in (("D-1", "U-1"), ("D-2", "U-2"))
    )

    found = [[one["case"] for one in as_led(alerts, led, who)] for who in (whole, old, now)]
    assert [["moved", "stays", "new"], ["stays", "new"], ["moved"]] == found


def test_nominations_ask_the_rules_in_force() -> None:
    """Off for a department, stated anew with a nomination for another jurisdiction."""
    off = layer(Override(TIMELY, enabled=False))
    own = replace(BELOW["carryover_unused"], id="own", nominates=PriorityListKind.DEPARTMENT)
    stated = layer(rules=(own,))
    book = RuleBook(
        SHIPPED,
        Published({LayerKey(J, "D-off", "own", 1): off, LayerKey("610200", "", "own", 1): stated}),
    )
    alerts = [
        {"jurisdiction": place, "department": department, "rule": rule, "as_of": str(DAY)}
        for place, department, rule in (
            (J, "D-1", TIMELY),
            (J, "D-off", TIMELY),
            (J, "D-1", "own"),
            ("610200", None, "own"),
            (J, "D-1", "over_budget"),
        )
    ]
    kind = PriorityListKind.DEPARTMENT

    assert {TIMELY, "own"} <= nominating(book, kind)
    assert "own" not in nominating(book, PriorityListKind.BUREAU)
    assert [alerts[0], alerts[3]] == nominated(alerts, book, kind, {J: DAY})
