"""A real Prometheus watches real services: a killed one is noticed and told of."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.local.stack import SERVICES, Stack
from tests.support.eventually import eventually_async
from tests.support.prometheus import Watch, watching
from tests.support.receiving import Receiver, receiving
from tests.support.rules import alert_rules, expressions, recording_rules

pytestmark = pytest.mark.integration

KILLED: Final = "reporting"
DEADLINE_SECONDS: Final = 60
DOWN: Final = "DualwatchServiceAway"
"""It has one process: all of the service are away."""
ONE_OF_TWO: Final = "DualwatchServiceDown"
PROCESSES: Final = {
    rule.name
    for rule in alert_rules()
    if rule.group == "dualwatch-processes" and "disk" not in rule.expr
}
FOLLOWS: Final = "DualwatchNotReady"
"""The console is not ready while a service that it asks is away."""
SYMPTOM: Final = "DualwatchHttpSlow"


def told(receiver: Receiver, status: str) -> list[dict[str, Any]]:
    """Give the alerts of this status that came to the door of pages."""
    messages = [json.loads(one.body) for one in receiver.received if one.path == "/pages"]
    alerts = [alert for message in messages for alert in message["alerts"]]
    return [alert for alert in alerts if alert["status"] == status]


def down(receiver: Receiver, status: str) -> dict[str, Any] | None:
    """Give what was told of the killed service."""
    of = {"alertname": DOWN, "service": KILLED}
    found = [alert for alert in told(receiver, status) if of.items() <= alert["labels"].items()]
    return found[0] if found else None


def all_are_up(watch: Watch) -> bool:
    """Whether each service was scraped."""
    targets = watch.ask("targets", state="active")["activeTargets"]
    up = {target["labels"]["service"] for target in targets if target["health"] == "up"}
    assert up == set(SERVICES), [target["lastError"] for target in targets]
    return True


def all_were_judged(watch: Watch) -> bool:
    """Whether each rule was evaluated without an error."""
    groups = watch.ask("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == len(alert_rules()) + len(recording_rules())
    assert {"ok"} == {rule["health"] for rule in rules}, [rule.get("lastError") for rule in rules]
    return True


def firing(watch: Watch) -> set[str]:
    """Name what fires of the rules that are about the processes themselves."""
    found = watch.ask("query", query='ALERTS{alertstate="firing"}')["result"]
    return {one["metric"]["alertname"] for one in found} & PROCESSES


def state_of(watch: Watch, name: str) -> str | None:
    """Say what Alertmanager does with an alert."""
    answer = watch.client.get(f"{watch.alertmanager}/api/v2/alerts").json()
    states = [one["status"]["state"] for one in answer if one["labels"]["alertname"] == name]
    return states[0] if states else None


def tell(watch: Watch, name: str, kind: str) -> None:
    """Tell Alertmanager of something."""
    labels = {"alertname": name, "severity": "ticket", "class": kind, "service": "intake"}
    ends = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()  # noqa: TID251 - Alertmanager's
    told = [{"labels": labels, "endsAt": ends}]
    assert watch.client.post(f"{watch.alertmanager}/api/v2/alerts", json=told).is_success


async def test_a_killed_service_is_told_of(whole_stack: Stack, tmp_path: Path) -> None:
    """By the deployed rules and routes, made quicker; what follows from it is kept back."""
    endpoints = whole_stack.endpoints()
    services = {name: getattr(endpoints, name).removeprefix("http://") for name in SERVICES}
    async with receiving() as receiver:
        with watching(tmp_path, services, f"http://127.0.0.1:{receiver.port}") as watch:
            await eventually_async(watch.is_ready, DEADLINE_SECONDS)
            await eventually_async(lambda: all_are_up(watch), DEADLINE_SECONDS)
            await eventually_async(lambda: all_were_judged(watch), DEADLINE_SECONDS)
            for expr in expressions().values():
                watch.ask("query", query=expr.replace("$__rate_interval", "1m"))
            await eventually_async(lambda: not firing(watch), DEADLINE_SECONDS)
            tell(watch, ONE_OF_TWO, "cause")
            tell(watch, SYMPTOM, "symptom")
            await eventually_async(lambda: state_of(watch, ONE_OF_TWO) == "active")
            await eventually_async(lambda: state_of(watch, SYMPTOM) == "active")
            await eventually_async(lambda: "/watchdog" in {one.path for one in receiver.received})
            whole_stack.halt(KILLED)
            try:
                fired = await eventually_async(lambda: down(receiver, "firing"), DEADLINE_SECONDS)
                await eventually_async(lambda: state_of(watch, FOLLOWS) == "suppressed")
                tell(watch, SYMPTOM, "symptom")
                await eventually_async(lambda: state_of(watch, SYMPTOM) == "suppressed")
            finally:
                whole_stack.restart(KILLED)
            await eventually_async(lambda: down(receiver, "resolved"), DEADLINE_SECONDS)

    assert "没有一个进程可用" in fired["annotations"]["summary"]
    assert KILLED in fired["annotations"]["summary_en"]
    assert "docs/runbook.md#dualwatchserviceaway" == fired["annotations"]["runbook_url"]
