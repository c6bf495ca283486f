"""What is planted, and that the planting knows nothing of the rules."""

import ast
import json
from collections import Counter
from pathlib import Path

import services.cli.city
from services.cli.city.chance import Chance
from services.cli.city.incidents import INCIDENTS
from services.cli.city.indicators import BY_KEY
from services.cli.city.planting import PLANTS, assigned
from services.cli.city.wire import Truth
from tests.unit.simulate.cities import events, of, truths

ALLOWED = {
    "contracts.vocabulary",
    "collections.abc",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "importlib.resources",
    "json",
    "msgspec",
    "random",
    "typing",
}
FOLDER = Path(services.cli.city.__file__).parent


def _imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
        elif isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
    return {name for name in found if not name.startswith("services.cli.city")}


def test_the_city_reads_no_rules_and_no_clock() -> None:
    """It stands on the contracts' words and the standard library alone."""
    found = {name for file in FOLDER.glob("*.py") for name in _imports(file)}

    assert found <= ALLOWED


def test_every_kind_is_planted_in_a_city_of_some_size() -> None:
    """At least twenty; each can be told apart by its name."""
    kinds = [plant.kind for plant in PLANTS]

    assert 20 <= len(kinds) == len(set(kinds))
    assert set(kinds) == {truth.kind for truth in truths()}


def test_every_kind_can_happen() -> None:
    """What a kind asks for is there."""
    assert {plant.incident for plant in PLANTS if plant.incident} == set(INCIDENTS)
    named = {plant.indicator for plant in PLANTS if plant.indicator}
    assert named - {"quantity"} <= set(BY_KEY)
    kinds = {plant.kind for plant in PLANTS} | {"money_ahead_of_results"}
    assert all(set(plant.implies) <= kinds for plant in PLANTS)


def test_a_project_has_at_most_one_deviation_a_year_and_most_have_none() -> None:
    """So that each can be told from what is in order."""
    counts = Counter((truth.subject, truth.fiscal_year) for truth in truths())

    assert {1} == set(counts.values())
    assert len(counts) < len({data["subject"] for data in of("project.registered")}) / 2


def test_the_ground_truth_names_things_that_are_there() -> None:
    """A project, a day of the year, an indicator that was promised, a line."""
    subjects = {event["subject"] for event in events()}
    indicators = {
        (data["subject"], data["fiscal_year"], target["indicator"])
        for data in of("targets.approved")
        for target in data["targets"]
    }
    for truth in truths():
        assert truth.subject in subjects
        assert truth.date.startswith(str(truth.fiscal_year))
        if truth.indicator is not None:
            assert (truth.subject, truth.fiscal_year, truth.indicator) in indicators


def test_a_small_city_has_few_deviations() -> None:
    """One project in two at most; kinds that need a new project take one."""
    chance = Chance(1)

    assert {} == assigned(1, set(), chance)
    assert 5 >= len(assigned(10, {3}, chance)) >= 4
    for places in (assigned(400, {1, 2, 3}, chance) for _ in range(5)):
        assert all(place in {1, 2, 3} for place, plant in places.items() if plant.new)


def test_a_line_of_the_ground_truth() -> None:
    """What is not known is left out."""
    truth = Truth("over_budget", "J/P", "2025-05-06", 2025, line="L", implies=("x",))

    assert {
        "kind": "over_budget",
        "subject": "J/P",
        "date": "2025-05-06",
        "fiscal_year": 2025,
        "line": "L",
        "implies": ["x"],
    } == json.loads(truth.to_bytes())
