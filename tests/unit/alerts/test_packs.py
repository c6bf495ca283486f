"""Packs: the shipped ones hold their own tests, and what is wrong with a pack is named."""

import datetime as dt
import json
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import yaml

from services.alerts.domain.judging import Outcome
from services.alerts.domain.rules import Rule, rules_at
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import (
    PACKS_FOLDER,
    SHIPPED_LOADER,
    VARIANTS_FOLDER,
    PackError,
    build_rule,
    load_pack,
    load_packs,
    read_form,
    read_forms,
)
from services.alerts.packs.model import RuleForm, TestForm
from services.alerts.packs.schema import SCHEMA_FILE, schema_text
from services.alerts.packs.testing import answer_to

CITY = PACKS_FOLDER / "city.yaml"
CITY_RULES = {
    "execution_behind_standard",
    "zero_execution_at_checkpoint",
    "spending_without_budget",
    "over_budget",
    "spending_above_plan",
    "spending_above_disbursement",
    "diversion",
    "asset_above_standard",
    "spending_after_end",
    "spending_while_suspended",
    "payment_to_review",
    "payment_over_contract",
    "payee_outside_contract",
    "year_end_rush",
    "indicator_behind_standard",
    "money_ahead_of_results",
    "carryover_unused",
    "new_project_unprepared",
    "large_budget_adjustment",
    "targets_reset",
    "cut_without_targets",
    "carryover_two_years",
    "undistributed_late",
    "indicator_not_reported",
    "milestone_overdue",
    "problem_overdue",
    "serious_problem_open",
    "negative_net_spend",
    "budget_period_spans_years",
    "indicator_far_above_target",
    "forecast_misses_target",
    "cost_performance_low",
    "serious_deviation",
    "targets_missing",
    "unit_execution_behind",
    "department_red_share",
    "department_results_overdue",
}


FORMS = {form.id: form for form in read_forms()}


def inline_tests() -> list[tuple[str, RuleForm, TestForm]]:
    """Return every inline test of every shipped pack, with its pack and rule."""
    return [
        (form.id, rule, test)
        for form in FORMS.values()
        for rule in form.rules
        for test in rule.tests
    ]


@cache
def built(pack: str, rule: str) -> Rule:
    """Compile a shipped rule once."""
    form = next(known for known in FORMS[pack].rules if known.id == rule)
    return build_rule(FORMS[pack], form, CelEvaluator())


@pytest.mark.parametrize(
    ("pack", "rule", "test"),
    [
        pytest.param(pack, rule.id, test, id=f"{rule.id}-{test.name}")
        for pack, rule, test in inline_tests()
    ],
)
def test_inline(pack: str, rule: str, test: TestForm) -> None:
    """Every inline test of a shipped pack holds."""
    assert test.expect == answer_to(built(pack, rule), test.given)


@pytest.mark.parametrize("folder", [PACKS_FOLDER, VARIANTS_FOLDER], ids=lambda path: path.name)
def test_the_quick_reader_reads_the_same(folder: Path) -> None:
    """What comes with us is read by libyaml, what people publish is not."""
    for file in folder.glob("*.yaml"):
        content = file.read_bytes()
        assert read_form(content) == read_form(content, loader=SHIPPED_LOADER)


def test_ships_its_rules() -> None:
    """The city pack has those of Art. 10, others those on what is kept apart and on papers."""
    packs = {pack.id: {rule.id for rule in pack.rules} for pack in load_packs(CelEvaluator())}

    assert packs == {
        "city": CITY_RULES,
        "quarantine": {"fact_in_conflict", "document_repeated", "facts_refused"},
        "reporting": {"forms_due", "report_due"},
    }


def test_shipped_rules_say_what_they_rest_on_in_both_languages() -> None:
    """Pages in Chinese have no other words for it; published packs may leave it out."""
    forms = (*FORMS.values(), *read_forms(VARIANTS_FOLDER))

    assert [] == [rule.id for form in forms for rule in form.rules if not rule.basis_zh]


def test_the_committed_schema_is_the_models() -> None:
    """`python -m services.alerts.packs.schema` has been run."""
    assert schema_text() == SCHEMA_FILE.read_text(encoding="utf-8")


def test_the_shipped_pack_holds_to_the_schema() -> None:
    """A reader without our code finds the pack valid, and a wrong one not."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    pack = yaml.safe_load(CITY.read_bytes())

    jsonschema.Draft202012Validator(schema).validate(pack)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({**pack, "colour": "red"})


PACK = """
id: small
version: "1"
effective_from: "2026-01-01"
title_zh: 小
title_en: Small
rules:
  - id: rule
    title_zh: 规则
    title_en: Rule
    article: "10"
    aspect: timeliness
    scope: project
    basis: a test
    parameters: {limit: 10}
    when: spent > parameter.limit
    severity: red
    shows: [spent]
    tests:
      - {name: above, given: {spent: 11}, expect: red}
      - {name: at, given: {spent: 10}, expect: silent}
"""


def faults_of(pack: str) -> list[str]:
    """Return what is wrong with a pack."""
    with pytest.raises(PackError) as raised:
        load_pack(pack.encode(), CelEvaluator())
    return raised.value.faults


def test_loads_a_small_pack() -> None:
    """What the faulty packs below are made of is itself without fault."""
    pack = load_pack(PACK.encode(), CelEvaluator())

    assert ("small", "1", 1) == (pack.id, pack.version, len(pack.rules))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("spent > p", "spend > p", "undeclared reference to 'spend'"),
        ("spent > parameter.limit", "spent > parameter.limits", "undeclared reference"),
        ("spent > parameter.limit", "spent > 10.5", "no matching overload"),
        ("spent > parameter.limit", "spent + parameter.limit", "must give true or false"),
        ("spent > parameter.limit", "spent > 10", "parameter limit is not used"),
        ("spent > parameter.limit", "spent > (", "Syntax error"),
        ("spent > parameter.limit", "ratio_bp > parameter.limit", "ask has_ratio_bp first"),
        ("spent > parameter.limit", "finding.amount > 1", "undeclared reference"),
        ("shows: [spent]", "shows: [spend]", "shows unknown fact spend"),
        ("given: {spent: 11}", "given: {spend: 11}", "unknown fact spend"),
        ("given: {spent: 11}", "given: {spent: true}", "spent must be of type int"),
        ("given: {spent: 11}", "given: {}", "no answer"),
        ("expect: red", "expect: yellow", 'test "above": expected yellow, is red'),
        ("given: {spent: 11}, expect: red", "given: {spent: 1}, expect: silent", "that raises"),
        ("given: {spent: 10}, expect: silent", "given: {spent: 12}, expect: red", "is silent"),
        ("id: small", "id: small\nid: small", "key id appears twice"),
        ("severity: red", "severity: orange", "severity"),
        ("severity: red", "severity: red\n    colour: red", "colour"),
        ('version: "1"', "version: 1.0", "version"),
        ('article: "10"', 'article: "Art. 10"', "article"),
        ("effective_from", "effective_form", "effective_from"),
        ("2026-01-01", "2026-02-30", "is not a 'date'"),
        ("when: spent > parameter.limit", "when: ''", "when"),
        ("rules:", "rules: [\x00", "no YAML"),
        ("id: small", "id: !!python/object:os.system small", "no YAML"),
    ],
)
def test_names_the_fault(old: str, new: str, fault: str) -> None:
    """A fault is refused when the pack is read, in words."""
    assert fault in "; ".join(faults_of(PACK.replace(old, new, 1)))


def test_names_every_fault_at_once() -> None:
    """Whoever writes a pack is not sent back once per fault."""
    faults = faults_of(PACK.replace("spent > p", "spend > p").replace("[spent]", "[spend]"))

    assert len(faults) == 2


def test_refuses_a_rule_that_appears_twice() -> None:
    """A rule id is unique in its pack, also over packs of different ids."""
    rule = PACK[PACK.index("  - id") :]

    assert "appears twice" in "; ".join(faults_of(PACK + rule))


def test_refuses_a_rule_of_two_packs(tmp_path: Path) -> None:
    """Two packs may not both claim a rule."""
    (tmp_path / "a.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(PACK.replace("id: small", "id: other"), encoding="utf-8")

    with pytest.raises(PackError, match="rule is in two packs"):
        load_packs(CelEvaluator(), tmp_path)


def test_the_newest_effective_version_judges() -> None:
    """A version judges from its first as-of date until the next one's."""
    first = load_pack(PACK.encode(), CelEvaluator())
    later = PACK.replace('"1"', '"2"').replace("2026-01-01", "2026-07-01")
    second = load_pack(later.encode(), CelEvaluator())

    def in_force(day: dt.date) -> list[str]:
        return [rule.pack_version for rule in rules_at((second, first), day)]

    assert [] == in_force(dt.date(2025, 12, 31))
    assert ["1"] == in_force(dt.date(2026, 6, 30))
    assert ["2"] == in_force(dt.date(2026, 7, 1))


def test_outcomes_of_tests_are_the_judges() -> None:
    """`held` and `silent` of inline tests are spelt as the judge spells them."""
    assert {"held", "silent"} == {str(Outcome.HELD), str(Outcome.SILENT)}
