"""第十七条: departments and districts may make rules of their own, upon those of the city."""

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest

from contracts.events.analysis import ProjectStanding
from contracts.vocabulary import PriorityListKind, Severity
from services.alerts.domain.judging import judge
from services.alerts.domain.layers import Layer, LayerKey, Override, Published, RuleBook, lay
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import VARIANTS_FOLDER, load_layer
from tests.unit.alerts.builders import BUDGET, assessment, indicator
from tests.unit.alerts.rules import PACKS

title = "Own rules, layer upon layer"

CITY, DISTRICT, DEPARTMENT = "610100", "610102", "D1"
DAY = dt.date(2026, 6, 30)
BEHIND = "execution_behind_standard"


def layer(*overrides: Override) -> Layer:
    """Make a pack of somebody's own."""
    return Layer("own", "1", dt.date(2026, 1, 1), None, "自有", "Own", "city", overrides, ())


def threshold(book: RuleBook, jurisdiction: str, department: str | None = None) -> object:
    """Return below what execution is yellow."""
    rules = book.at(jurisdiction, department, DAY).rules
    return next(rule for rule in rules if rule.id == BEHIND).parameters["yellow_below_bp"].value


def test_a_district_inherits_and_a_department_adds() -> None:
    """市级各部门、各区县 may each set what is theirs; nobody else is touched."""
    published = (
        Published()
        .with_parent(DISTRICT, CITY)
        .with_layer(
            LayerKey(CITY, "", "own", 1), layer(Override(BEHIND, {"yellow_below_bp": 8100}))
        )
        .with_layer(
            LayerKey(CITY, DEPARTMENT, "own", 1), layer(Override(BEHIND, {"yellow_below_bp": 8200}))
        )
    )
    book = RuleBook(PACKS, published)

    assert (8100, 8200, 8100, 8000) == (
        threshold(book, CITY),
        threshold(book, CITY, DEPARTMENT),
        threshold(book, DISTRICT, DEPARTMENT),
        threshold(book, "620000"),
    )


@pytest.mark.parametrize("name", [BEHIND, "indicator_behind_standard"])
def test_what_is_stricter_for_all_is_no_laxer_for_the_priority_list(name: str) -> None:
    """重点监控 (domain-rules 19): yellow below 95 % for everybody, the list's own 90 % or not.

    | ratio  | on no list | on a list |
    |--------|------------|-----------|
    | 95 %   | none       | none      |
    | 93 %   | yellow     | yellow    |
    | 89 %   | yellow     | yellow    |
    """
    below = {rule.id: rule for pack in PACKS for rule in pack.rules}
    rules, _ = lay(below, layer(Override(name, {"yellow_below_bp": 9500})))

    def alerts(ratio: int) -> list[Severity | None]:
        half = partial(
            assessment, spent=BUDGET * ratio // 20_000, indicators=(indicator(ratio_bp=ratio),)
        )
        listed = ProjectStanding(priority=(PriorityListKind.DEPARTMENT,))
        each = (half(), half(standing=listed))
        return [verdict.severity for made in each for verdict in judge(made, [rules[name]])]

    yellow = [Severity.YELLOW] * 2
    assert [[None, None], yellow, yellow] == [alerts(ratio) for ratio in (9_500, 9_300, 8_900)]


def test_nobody_loosens_what_the_law_demands() -> None:
    """合规性: an override that would is ignored, and the rule below holds."""
    below = {rule.id: rule for pack in PACKS for rule in pack.rules}
    rules, ignored = lay(below, layer(Override("over_budget", enabled=False)))

    assert ["switched_off"] == [part.code for part in ignored]
    assert below == rules


def test_nobody_mutes_what_the_law_demands() -> None:
    """合规性: a department's own red rule does not silence that its projects are over budget."""
    below = {rule.id: rule for pack in PACKS for rule in pack.rules}
    loud = replace(
        below[BEHIND],
        id="loud",
        severity=Severity.RED,
        inhibits=("over_budget",),
        layers=("own@1",),
    )
    rules, ignored = lay(below, replace(layer(), rules=(loud,)))

    assert ["silenced"] == [part.code for part in ignored]
    assert () == rules["loud"].inhibits


def test_nobody_is_reminded_less_of_what_the_law_demands() -> None:
    """合规性: a term of the same length without its reminders is a looser one."""
    below = {rule.id: rule for pack in PACKS for rule in pack.rules}
    unasked = replace(below["over_budget"].term, remind_before=())
    _, ignored = lay(below, layer(Override("over_budget", term=unasked)))

    assert ["loosened"] == [part.code for part in ignored]


def test_schemes_of_other_places_can_be_published() -> None:
    """Shanxi, Hefei, Jilin, percentage points: each stands upon the city's pack."""
    for file in VARIANTS_FOLDER.glob("*.yaml"):
        scheme = load_layer(file.read_bytes(), CelEvaluator())
        book = RuleBook(PACKS, Published().with_layer(LayerKey(CITY, "", scheme.pack, 1), scheme))

        assert () == book.at(CITY, None, DAY).ignored
        assert {rule.id for rule in scheme.rules} <= {r.id for r in book.at(CITY, None, DAY).rules}
