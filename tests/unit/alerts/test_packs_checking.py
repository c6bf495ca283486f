"""Checking packs: faults with line and column, several at once; variants; hostile files."""

import pytest

from services.alerts.domain.layers import stack
from services.alerts.domain.rules import Rule
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.checking import check, outcomes_of
from services.alerts.packs.loader import (
    PACK_BYTES_MAX,
    PACKS_FOLDER,
    VARIANTS_FOLDER,
    PackError,
    load_layer,
    load_packs,
    read_form,
)

EVALUATOR = CelEvaluator()
BELOW: list[Rule] = [rule for pack in load_packs(EVALUATOR) for rule in pack.rules]
VARIANTS = sorted(VARIANTS_FOLDER.glob("*.yaml"))

PACK = """\
id: mine
version: "1"
effective_from: "2026-01-01"
title_zh: 我的
title_en: Mine
extends: city
overrides:
  - rule: money_ahead_of_results
    parameters: {yellow_from_bp: 1500}
    tests:
      - {name: set, given: {money_ahead_bp: 1500}, expect: yellow}
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
    severity: yellow
    shows: [spent]
    tests:
      - {name: above, given: {spent: 11}, expect: yellow}
      - {name: at, given: {spent: 10}, expect: silent}
"""


def faults(old: str = "", new: str = "") -> list[tuple[int, int, str]]:
    """Return what is wrong with the pack, changed."""
    assert old in PACK
    found = check(PACK.replace(old, new, 1).encode(), BELOW, EVALUATOR).faults
    return [(place.line, place.column, place.fault) for place in found]


def test_a_pack_without_fault() -> None:
    """It may be published; its tests are run, those of its overrides too."""
    assert [] == faults()
    assert ["set", "above", "at"] == sorted(
        (one.test for one in outcomes_of(PACK.encode(), BELOW, EVALUATOR)),
        key=["set", "above", "at"].index,
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "fault"),
    [
        ("spent > parameter.limit", "spend > parameter.limit", 21, 11, "reference to 'spend'"),
        ("spent > p", "1 < 2 && spend > p", 21, 20, "reference to 'spend'"),
        ("when: spent > p", "when: >-\n      1 < 2 &&\n      spend > p", 23, 7, "'spend'"),
        ("spent > parameter.limit", "spent > 'x'", 21, 17, "no matching overload"),
        ("shows: [spent]", "shows: [spend]", 23, 13, "shows unknown fact spend"),
        ("given: {spent: 10}", "given: {spend: 10}", 26, 28, "unknown fact spend"),
        ("given: {spent: 11}", "given: {spent: x}", 25, 31, "spent must be of type int"),
        ("expect: silent", "expect: red", 24, 5, "needs a test that is silent"),
        ("severity: yellow\n    s", "severity: orange\n    s", 22, 5, "orange"),
        ("  - id: rule\n", "  - id: rule\n    colour: red\n", 13, 5, "colour"),
        ("rule: money_ahead_of_results", "rule: nothing", 8, 5, "there is no rule nothing"),
        ("{yellow_from_bp: 1500}", "{nothing: 1}", 9, 18, "has no parameter nothing"),
        ("{yellow_from_bp: 1500}", "{yellow_from_bp: 1600}", 11, 9, "expected yellow, is silent"),
        ("extends: city", "extends: town", 6, 1, "there is no pack town"),
        ("extends: city\n", "", 6, 1, "overrides need `extends`"),
        ("severity: yellow\n    s", "red_when: spent < 5\n    severity: yellow\n    s", 22, 5,
         "red_when is never true"),
        ("shows: [spent]", "inhibits: [nothing]\n    shows: [spent]", 23, 16, "no other rule"),
        ("shows: [spent]", "inhibits: [over_budget, serious_deviation]\n    shows: [spent]", 23, 5,
         "rule would mute over_budget: of compliance"),
        ("shows: [spent]", "term: {remind_before: [1]}\n    shows: [spent]", 23, 5, "need expl"),
        ("- rule: money_ahead_of_results\n    parameters: {yellow_from_bp: 1500}",
         "- rule: over_budget\n    enabled: false", 9, 5, "never switched off"),
        ("id: mine", "id: mine\nid: mine", 1, 1, "key id appears twice"),
        ("rules:", "rules: {", 13, 3, "no YAML"),
    ],
)  # fmt: skip
def test_a_fault_is_where_it_is(old: str, new: str, line: int, column: int, fault: str) -> None:
    """Line and column from 1; an expression's fault at its word, folded lines or not."""
    found = faults(old, new)

    assert any(fault in text for _, _, text in found), found
    assert (line, column) in {(at, on) for at, on, text in found if fault in text}, found


def test_several_faults_are_told_at_once() -> None:
    """Of a rule and of an override, in the order of the file."""
    pack = PACK.replace("spent > p", "spend > p").replace("yellow_from_bp: 1500", "nothing: 1")
    found = check(pack.encode(), BELOW, EVALUATOR).faults

    assert [9, 21] == [place.line for place in found]


def test_what_can_be_true_is_not_called_unreachable() -> None:
    """Though no test shows it."""
    assert [] == faults(
        "severity: yellow\n    s", "red_when: spent > 50\n    severity: yellow\n    s"
    )


@pytest.mark.parametrize("file", VARIANTS, ids=lambda file: file.stem)
def test_variants_are_without_fault(file: object) -> None:
    """Upon the shipped packs; all of each holds, and all its tests."""
    content = (VARIANTS_FOLDER / f"{getattr(file, 'name', '')}").read_bytes()
    layer = load_layer(content, EVALUATOR)

    assert [] == check(content, BELOW, EVALUATOR).faults
    assert all(one.passed for one in outcomes_of(content, BELOW, EVALUATOR))
    assert () == stack(BELOW, [layer]).ignored


def test_the_schemes_of_the_thresholds_are_there() -> None:
    """Shanxi, Hefei, Jilin, and percentage points."""
    assert ["hefei", "jilin", "points", "shanxi"] == [file.stem for file in VARIANTS]


def test_shipped_packs_are_without_fault() -> None:
    """Also by the checks that are not made at every start."""
    for file in PACKS_FOLDER.glob("*.yaml"):
        assert [] == check(file.read_bytes(), (), EVALUATOR).faults, file.name


def bomb() -> bytes:
    """Make a file of a kilobyte that is a billion values."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefghi", "bcdefghij", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (bomb(), "aliases written out"),
        (b"a: &a [*a]", "aliases written out"),
        (b"x" * (PACK_BYTES_MAX + 1), "at most"),
        (b"id: \xff", "no YAML"),
        (b"", "is not of type 'object'"),
        (b"- 1", "is not of type 'object'"),
        (b"effective_from: 2026-02-30", "no YAML"),
        (b"id: !!python/object:os.system x", "no YAML"),
    ],
)
def test_hostile_files_are_refused(content: bytes, fault: str) -> None:
    """In words, without being read through."""
    with pytest.raises(PackError) as raised:
        read_form(content)
    assert fault in str(raised.value)
    assert check(content, BELOW, EVALUATOR).faults
