"""Alert rules and boards: promtool parses them, and they name what our processes tell."""

import importlib
import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

import pytest
import yaml
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.local import debian
from deploy.observe.boards.__main__ import BOARDS, main
from deploy.observe.boards.panels import Unit
from services.chassis.metrics import CATALOGUE
from tests.support import promql
from tests.support.rules import (
    FILES,
    OBSERVE,
    UNIT_TESTS,
    Rule,
    alert_rules,
    boards,
    expressions,
    panels,
    recording_rules,
)

SERVICES: Final = ("intake", "analysis", "alerts", "reporting", "console")
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
TARGET: Final = frozenset({"job", "instance", "service", "exported_service"})
"""What the scrape configuration adds; a label that the target has too comes as `exported_…`."""
STANDARD: Final = {
    "up": frozenset[str](),
    "ALERTS": frozenset({"alertname", "alertstate"}),
}
"""What Prometheus itself makes."""
PARTS: Final = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
SEVERITIES: Final = {"page", "ticket", "watchdog"}
ALWAYS: Final = "DualwatchWatchdog"
"""It is never quiet: that is what it is for."""


@cache
def known() -> dict[str, frozenset[str]]:
    """Give every series that there can be, with its labels."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
    told = {
        f"{metric.name}{part}": frozenset(metric.labels) | ({"le"} if part == "_bucket" else set())
        for metric in CATALOGUE
        for part in PARTS[metric.kind]
    }
    reckoned = dict.fromkeys(recording_rules(), frozenset[str]())
    return {**told, **reckoned, **STANDARD}


def promtool(*arguments: str | Path) -> str:
    """Run it; it must find nothing wrong."""
    tool = debian.program(debian.PROMTOOL)
    done = subprocess.run(  # noqa: S603 - Prometheus' own tool
        (tool, *arguments), capture_output=True, text=True, check=False, timeout=300
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def test_promtool_takes_the_configuration_and_the_rules() -> None:
    """With the rule files that it names."""
    said = promtool("check", "config", "--lint-fatal", OBSERVE / "prometheus.yml")
    found = [int(number) for number in re.findall(r"(\d+) rules found", said)]

    assert len(FILES) == len(found)
    assert len(alert_rules()) + len(recording_rules()) == sum(found)


def test_promtool_parses_every_expression(tmp_path: Path) -> None:
    """Those of the boards too, with Grafana's interval filled in."""
    rules = [
        {"record": f"e{number}", "expr": expr.replace("$__rate_interval", "5m")}
        for number, expr in enumerate(expressions().values())
    ]
    file = tmp_path / "expressions.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}), "utf-8")

    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


def test_expressions_name_only_what_there_is() -> None:
    """A metric that was renamed would leave a rule that never fires, and an empty panel."""
    unknown = {
        where: promql.names(expr) - known().keys()
        for where, expr in expressions().items()
        if promql.names(expr) - known().keys()
    }

    assert {} == unknown


def test_expressions_ask_for_labels_that_there_are() -> None:
    """Each of the metric that it is asked of; groups by any."""
    every = TARGET.union(*known().values())
    found = [
        (where, name, label)
        for where, expr in expressions().items()
        for name, label in promql.matched(expr)
        if label not in known()[name] | TARGET
    ]
    found += [
        (where, "group", label)
        for where, expr in expressions().items()
        for label in promql.grouped(expr) - every
    ]

    assert [] == found


@pytest.mark.parametrize(
    ("expr", "names", "labels"),
    [
        ('a_total{x="b{c"} offset 1h / on (d) e', {"a_total", "e"}, {("a_total", "x")}),
        ("sum by (f) (rate(g_bucket[5m])) > 1e3 unless h:i", {"g_bucket", "h:i"}, set()),
        ('label_replace(j, "k", "l", "", "")', {"j"}, set()),
    ],
)
def test_names_are_found(expr: str, names: set[str], labels: set[tuple[str, str]]) -> None:
    """Strings, labels, functions, numbers and spans are no metrics."""
    assert names == promql.names(expr)
    assert labels == set(promql.matched(expr))


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule.name)
def test_a_rule_says_what_it_is_about(rule: Rule) -> None:
    """To whom, in both languages, and where the runbook has it."""
    said = rule.annotations

    assert rule.name.startswith("Dualwatch")
    assert rule.labels["severity"] in SEVERITIES
    assert rule.labels["class"] in {"cause", "symptom"}
    assert all(CHINESE.search(said[key]) for key in ("summary", "description"))
    assert not any(CHINESE.search(said[f"{key}_en"]) for key in ("summary", "description"))
    assert f"docs/runbook.md#{rule.anchor}" == said["runbook_url"]


def test_every_rule_is_tried_firing_and_quiet() -> None:
    """A test that expects the alert, and one that expects none."""
    tried: dict[str, set[bool]] = {rule.name: set() for rule in alert_rules()}
    for file in UNIT_TESTS:
        for test in yaml.safe_load(file.read_text("utf-8"))["tests"]:
            for step in test["promql_expr_test"]:
                name = step["expr"].split('"')[1]
                assert name in test["name"]
                tried[name].add(bool(step["exp_samples"]))

    assert {} == {
        name: found
        for name, found in tried.items()
        if found != {True, False} - ({False} if name == ALWAYS else set())
    }


@pytest.mark.parametrize("file", UNIT_TESTS, ids=lambda file: file.stem)
def test_rules_fire_when_they_should_and_only_then(file: Path) -> None:
    """Promtool's own tests of rules."""
    assert "SUCCESS" in promtool("test", "rules", file)


def test_a_rule_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    """Were a threshold another, the tests would fail."""
    (tmp_path / "tests").mkdir()
    for name in ("business.yml", "tests/business.yml"):
        text = (OBSERVE / "rules" / name).read_text("utf-8")
        text = text.replace("backlog_entries) > 1000", "backlog_entries) > 10")
        (tmp_path / name).write_text(text, "utf-8")

    with pytest.raises(AssertionError, match="DualwatchDeliveryBacklog"):
        promtool("test", "rules", tmp_path / "tests" / "business.yml")


def test_boards_are_what_the_code_makes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And one that is not is named."""
    assert 0 == main(["--check"])

    monkeypatch.setattr("deploy.observe.boards.__main__.FOLDER", tmp_path)

    assert 1 == main(["--check"])
    assert 0 == main([])
    assert 0 == main(["--check"])


def test_boards_have_names_of_their_own() -> None:
    """Grafana finds a board by its uid; panels by their numbers."""
    found = boards()

    assert {board.name for board in BOARDS} == found.keys()
    assert len(found) == len({board["uid"] for board in found.values()})
    for board in found.values():
        numbers = [panel["id"] for panel in board["panels"]]
        assert len(numbers) == len(set(numbers))
        assert CHINESE.search(board["title"])
        assert board["description"]


@pytest.mark.parametrize("board", [board.name for board in BOARDS])
def test_panels_say_what_they_show(board: str) -> None:
    """Title, unit and description, in both languages; something to show."""
    shown = [panel for name, panel in panels() if name == board]

    assert shown
    for panel in shown:
        description = panel["description"]
        assert CHINESE.search(panel["title"])
        assert CHINESE.search(description), panel["title"]
        assert re.search(r"\*\*[A-Z][^*]+\*\*: [a-z']", description), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in set(Unit)
        assert panel["targets"]


@pytest.mark.parametrize("board", [board.name for board in BOARDS])
def test_grafana_s_own_types_read_a_board(board: str) -> None:
    """And write the same again: no field is lost that they do not know."""
    plugins.register_default_plugins()
    given = boards()[board]
    read = Dashboard.from_json(json.loads(json.dumps(given)))

    assert given == json.loads(json.dumps(read, cls=JSONEncoder))


def test_panels_lie_side_by_side() -> None:
    """None over another, none beyond the edge."""
    for board in boards().values():
        taken = set[tuple[int, int]]()
        for at in (panel["gridPos"] for panel in board["panels"]):
            cells = {
                (x, y)
                for x in range(at.get("x", 0), at.get("x", 0) + at["w"])
                for y in range(at.get("y", 0), at.get("y", 0) + at["h"])
            }
            assert not cells & taken
            assert all(x < 24 for x, _ in cells)
            taken |= cells
