"""No query of the services reads a whole collection that grows: MongoDB's own account of each."""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from pymongo import MongoClient

from deploy.local.stack import Stack
from tests.integration.scale import profiling
from tests.support.city import YEAR, City
from tests.support.command import command
from tests.support.scaling import grows
from tests.support.stack import free_ports_from

pytestmark = [pytest.mark.integration, pytest.mark.long]
JURISDICTION: Final = "990231"
PROJECTS: Final = 700
PAYMENTS: Final = 4_900
DAYS: Final = ("2026-05-31", "2026-06-30")
ANSWER_SECONDS: Final = 60.0

ANSWERS_MIN: Final = 50

WHOLE: Final = {
    # `dualwatch ledger verify` and checkpoints walk through all streams: that is what they are for.
    ("intake.streams", ""),
    # A handful a year; counted once a minute.
    ("reporting.campaigns", ""),
}
"""Queries that may read a collection whole, by what they ask."""
BOUNDED: Final = {
    # Once a day and jurisdiction: those open now, of which a few are of a unit or a department.
    ("alerts.alerts", "jurisdiction latest scope state"),
    # A page of a feed that is filtered by project reads on in the feed's order, within a limit.
    ("alerts.feeds", "cursor jurisdiction project"),
    # The export's window: entries of the batches that overlap it, 20,000 positions at most.
    ("intake.entries", "a p z"),
}
"""Queries that look at more than they give, and why that stays bounded."""
EXAMINED_PER_RETURNED: Final = 4
EXAMINED_ANYWAY: Final = 200


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All services on a MongoDB that notes every operation, with some thousand documents."""
    folder = tmp_path_factory.mktemp("indexes")
    with Stack(
        folder / "data", ports_from=free_ports_from(), services=profiling.SERVICES
    ) as running:
        client: MongoClient[dict[str, Any]]
        city = City(JURISDICTION, PROJECTS, PAYMENTS).build()
        path = city.write(folder / "city.jsonl")
        command(running, "publish", str(path))
        command(running, "day", "open", JURISDICTION, DAYS[0], "--jump")
        with MongoClient(running.endpoints().mongo) as client:
            profiling.begin(client)
        yield running


def test_no_query_reads_a_growing_collection_whole(stack: Stack) -> None:
    """What writing takes, and what every address that can be read asks."""
    more = City(JURISDICTION, PROJECTS, PAYMENTS + 1_400).build().events[-1_400:]
    _send(stack, more)
    command(stack, "day", "open", JURISDICTION, DAYS[1], "--jump")
    asked = _ask_everything(stack)
    client: MongoClient[dict[str, Any]]
    with MongoClient(stack.endpoints().mongo) as client:
        found = profiling.end(client)

    shown = sorted((shape, seen) for shape, seen in found.items() if grows(*shape.place))
    for shape, seen in shown:
        sys.stderr.write(f"{shape.collection} {shape.operation} {shape.fields}: {seen}\n")
    assert asked > ANSWERS_MIN
    assert len(shown) > 60
    assert [] == [(s, seen) for s, seen in shown if seen.scans and _place(s) not in WHOLE]
    assert [] == [(shape, seen) for shape, seen in shown if _wasteful(shape, seen)]


def _wasteful(shape: profiling.Shape, seen: profiling.Seen) -> bool:
    """Tell whether the worst query of a shape looks at far more documents than it gives."""
    if shape.operation != "query" or _place(shape) in BOUNDED:
        # What counts or adds up gives one document for all that it looks at.
        return False
    return seen.examined > EXAMINED_PER_RETURNED * seen.returned + EXAMINED_ANYWAY


def _place(shape: profiling.Shape) -> tuple[str, str]:
    return shape.collection, " ".join(shape.fields)


def _send(stack: Stack, events: list[dict[str, Any]]) -> None:
    places = stack.endpoints()
    headers = {
        "Authorization": f"Bearer {places.key}",
        "content-type": "application/x-ndjson",
        "prefer": "wait=30",
    }
    with httpx.Client(headers=headers, timeout=ANSWER_SECONDS, trust_env=False) as client:
        for start in range(0, len(events), 200):
            lines = "\n".join(json.dumps(event) for event in events[start : start + 200])
            answer = client.post(f"{places.intake}/v1/events", content=lines.encode())
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text


def _ask_everything(stack: Stack) -> int:
    """Read every address of every service that needs no more than a project; count answers."""
    places = stack.endpoints()
    given: dict[str, str] = {
        "jurisdiction": JURISDICTION,
        "fiscal_year": str(YEAR),
        "scope": JURISDICTION,
        "project": f"{JURISDICTION}/P0001",
        "level": "unit",
        "by": "execution_rate_bp",
        "from": DAYS[0],
        "to": DAYS[1],
        "figure": "spent",
        "partition": "0",
    }
    asked = 0
    headers = {"Authorization": f"Bearer {places.key}", "Accept": "application/json"}
    with httpx.Client(headers=headers, timeout=ANSWER_SECONDS, trust_env=False) as client:
        for service in profiling.SERVICES:
            base = getattr(places, service)
            paths: dict[str, Any] = client.get(f"{base}/openapi.json").json()["paths"]
            for path, methods in paths.items():
                if "get" in methods:
                    asked += _ask(client, base, path, methods["get"], given)
    return asked


def _ask(
    client: httpx.Client, base: str, path: str, route: dict[str, Any], given: dict[str, str]
) -> int:
    known = [parameter["name"] for parameter in route.get("parameters", ())]
    params = {name: given[name] for name in known if name in given and f"{{{name}}}" not in path}
    filled = re.sub(r"{(\w+)}", lambda m: quote(given.get(m[1], "unknown"), safe=""), path)
    answer = client.get(base + filled, params=params)
    assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR, f"{path}: {answer.text[:500]}"
    return int(answer.is_success)
