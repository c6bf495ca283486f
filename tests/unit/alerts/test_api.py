"""What the HTTP API says of rules."""

import json

from services.alerts.api.rules import fact_item, rule_item, written
from services.alerts.domain.facts import SPECS
from services.alerts.domain.rules import Rule
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs, read_forms

FORMS = {
    f"{form.id}@{form.version} {rule.id}": rule for form in read_forms() for rule in form.rules
}
RULES: list[Rule] = [rule for pack in load_packs(CelEvaluator()) for rule in pack.rules]


def test_rules_are_told_without_their_tests() -> None:
    """Expressions as the pack has them, parameters with their meaning and layer."""
    items = [rule_item(rule, FORMS) for rule in RULES]
    behind = next(item for item in items if item["rule_id"] == "execution_behind_standard")

    assert {"pack_version", "when", "basis", "term", "layers"} <= behind.keys()
    assert not any("tests" in item for item in items)
    assert json.dumps(items)
    assert {
        "name": "yellow_below_bp",
        "value": 8000,
        "unit": "bp",
        "meaning_zh": "执行进度比低于(黄)",
        "meaning_en": "yellow below this ratio",
        "stricter": "higher",
        "layer": "city@6",
    } == behind["parameters"][0]


def test_facts_are_told_with_their_flags() -> None:
    """What may be null says what to ask first."""
    ratio = fact_item(SPECS["indicator.ratio_bp"])

    assert ("indicator", "int", "bp", "indicator.has_ratio_bp") == (
        ratio["scope"],
        ratio["type"],
        ratio["unit"],
        ratio["flag"],
    )
    assert json.dumps([fact_item(spec) for spec in SPECS.values()])


def test_a_pack_that_cannot_be_read_has_no_text() -> None:
    """The rule itself is told by what is in force."""
    assert () == written("rules: [")
