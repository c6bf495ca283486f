"""A publisher falls silent and speaks again: from the door to the alerts (domain-rules 17f).

Intake says who was heard, analysis which projects stand still for it, alerts what that means.
"""

from typing import Final

from contracts.codec import encode
from contracts.envelope import AnyEvent
from deploy.local.stack import Stack
from services.cli.client import Client as CommandClient
from services.cli.passing import wait_until_passed
from services.cli.places import Service, places_of
from tests.integration.publishers.client import Client
from tests.support import builders
from tests.support.command import command
from tests.support.measuring import parameters

CITY: Final = "J7181"
SLOW: Final = f"{CITY}/P1"
"""Nothing is spent in time."""
ON_TIME: Final = f"{CITY}/P2"
"""Spent as it should be until the end of June, and behind by the end of September."""
RULE: Final = "execution_behind_standard"
DAYS: Final = ("2026-07-01", "2026-07-02", "2026-09-30")
"""Opened while nothing is heard; of two that have ended more is a silence."""


def publish(stack: Stack, client: Client, *facts: AnyEvent) -> None:
    """Send facts, and return when all services have passed them."""
    client.send([encode(fact) for fact in facts])
    with CommandClient(places_of(stack.endpoints())) as asking:
        wait_until_passed(asking, asking.get(Service.INTAKE, "/v1/position")["position"])


def opened(stack: Stack, date: str) -> None:
    """Open a day, and return when all services have passed it."""
    command(stack, "day", "open", CITY, date, "--jump")


def shown(client: Client) -> dict[str, tuple[str, bool]]:
    """Tell state and standstill of the alert of slow execution, by project; everywhere the same."""
    alerts = f"{client.endpoints.alerts}/v1"
    listed = client.get(f"{alerts}/alerts", jurisdiction=CITY, state="all")["items"]
    found = {one["project_id"]: one for one in listed if one["rule_id"] == RULE}
    for one in found.values():
        alone = client.get(f"{alerts}/alerts/{one['alert_id']}")
        assert (one["state"], one["frozen"]) == (alone["state"], alone["frozen"])
    return {project: (one["state"], one["frozen"]) for project, one in found.items()}


def told(client: Client) -> list[tuple[str, str]]:
    """Tell what the city's feed says of slow execution: what became of it, and the project."""
    feed = client.get(f"{client.endpoints.alerts}/v1/feeds/{CITY}", rule=RULE)
    return [(one["type"].split(".")[2], one["subject"]) for one in feed["items"]]


def standing_still(client: Client) -> dict[str, bool]:
    """Ask analysis which projects stand still, as of the last opened day."""
    listed = client.get(f"{client.endpoints.analysis}/v1/projects", jurisdiction=CITY)
    return {one["project_id"]: one["frozen"] for one in listed["items"]}


def test_what_is_behind_stands_still_until_its_publisher_is_heard(
    whole_stack: Stack, client: Client
) -> None:
    """Meanwhile nothing is raised and nothing cleared; then all that stood still is judged."""
    publish(
        whole_stack,
        client,
        builders.jurisdiction(CITY),
        parameters(subject=CITY, silent_publisher_days=2),
    )
    opened(whole_stack, "2026-06-30")
    publish(
        whole_stack,
        client,
        *(builders.project(project) for project in (SLOW, ON_TIME)),
        *(builders.budget(project) for project in (SLOW, ON_TIME)),
        builders.expenditure(SLOW, "1.00", "2026-06-30"),
        builders.expenditure(ON_TIME, "50.00", "2026-06-30"),
    )
    assert {SLOW: ("open", False)} == shown(client)
    assert {SLOW: False, ON_TIME: False} == standing_still(client)
    before = told(client)

    for date in DAYS:
        opened(whole_stack, date)
    assert {SLOW: True, ON_TIME: True} == standing_still(client)
    assert {SLOW: ("open", True)} == shown(client)
    assert before == told(client)

    publish(whole_stack, client, builders.expenditure(SLOW, "89.00", "2026-09-30"))
    assert {SLOW: False, ON_TIME: False} == standing_still(client)
    assert {SLOW: ("cleared", False), ON_TIME: ("open", False)} == shown(client)
    assert {("cleared", SLOW), ("raised", ON_TIME)} == {*told(client)[len(before) :]}
