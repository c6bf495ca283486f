"""Alert rules and boards as they are deployed, and the table of rules in docs/runbook.md."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

OBSERVE: Final = Path(__file__).parents[2] / "deploy" / "observe"
ORDER: Final = ("recording", "processes", "stores", "pipeline", "ledger", "business", "access")
FILES: Final = tuple(OBSERVE / "rules" / f"{name}.yml" for name in ORDER)
UNIT_TESTS: Final = tuple(sorted((OBSERVE / "rules" / "tests").glob("*.yml")))


@dataclass(frozen=True)
class Rule:
    """One alert rule."""

    name: str
    expr: str
    group: str
    lasts: str
    """How long it must hold, as Prometheus writes it; empty: not at all."""
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def anchor(self) -> str:
        """Where its entry of the runbook begins."""
        return self.name.lower()


@cache
def groups() -> tuple[dict[str, Any], ...]:
    """Read all files."""
    return tuple(
        group for file in FILES for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
    )


@cache
def alert_rules() -> tuple[Rule, ...]:
    """Give the alert rules, in their order."""
    return tuple(
        Rule(
            name=found["alert"],
            expr=found["expr"].strip(),
            group=group["name"],
            lasts=found.get("for", ""),
            labels=found["labels"],
            annotations=found["annotations"],
        )
        for group in groups()
        for found in group["rules"]
        if "alert" in found
    )


@cache
def recording_rules() -> dict[str, str]:
    """Give the expression of every series that is reckoned beforehand."""
    rules = [rule for group in groups() for rule in group["rules"]]
    return {rule["record"]: rule["expr"] for rule in rules if "record" in rule}


def boards() -> dict[str, dict[str, Any]]:
    """Read the boards as Grafana does."""
    return {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in (OBSERVE / "dashboards").glob("*.json")
    }


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every panel with its board."""
    for name, board in boards().items():
        yield from ((name, panel) for panel in board["panels"] if panel["type"] != "row")


def expressions() -> dict[str, str]:
    """Give every expression of rules and boards, with where it stands."""
    found = {rule.name: rule.expr for rule in alert_rules()} | recording_rules()
    for name, panel in panels():
        for target in panel["targets"]:
            found[f"{name}: {panel['title']} {target['refId']}"] = target["expr"]
    return found


def rules_table() -> str:
    """List every alert: how urgent it is, how long it must hold, what it says."""
    rows = ["| alert | severity | after | says |", "|---|---|---|---|"]
    rows += [
        f"| [{rule.name}](#{rule.anchor}) | {rule.labels['severity']} | {rule.lasts or 'at once'} "
        f"| {_plain(rule.annotations['summary_en'])} |"
        for rule in alert_rules()
    ]
    return "\n".join(rows)


def _plain(template: str) -> str:
    """Put a label's name in the place of its value."""
    for before, after in (
        ("{{ $labels.", "*"),
        ("{{ $value | humanizeDuration }}", "*so long*"),
        ("{{ $value | humanizePercentage }}", "*so many %*"),
        ("{{ $value | humanize }}", "*n*"),
        ("{{ $value }}", "*n*"),
        (" }}", "*"),
    ):
        template = template.replace(before, after)
    return template
