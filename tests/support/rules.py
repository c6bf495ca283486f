"""The alert rules as they are deployed, and the table of them in docs/runbook.md."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

OBSERVE: Final = Path(__file__).parents[2] / "deploy" / "observe"
ORDER: Final = ("recording", "processes", "pipeline", "ledger", "business", "access")
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
