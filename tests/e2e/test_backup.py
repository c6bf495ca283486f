"""MongoDB is lost with all that is in it: a backup and the ledger's topic bring everything back."""

import asyncio
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pymongo import MongoClient

from contracts.codec import encode
from contracts.envelope import AnyEvent
from deploy.local.principals import key_file, password_of
from deploy.local.stack import Stack
from services.cli.client import Client
from services.cli.environment import operator_settings
from services.cli.passing import wait_until_passed
from services.cli.places import places_of
from services.cli.store.catalogues import CATALOGUES
from tests.support import builders
from tests.support.command import command
from tests.support.eventually import eventually
from tests.support.receiving import Receiver, receiving
from tests.support.stack import free_ports_from

pytestmark = [pytest.mark.integration, pytest.mark.long]

CITY: Final = "J991"
PROJECT: Final = f"{CITY}/P1"
ENVIRON: Final = {
    "DUALWATCH_ALERTS__WEBHOOKS__ALLOW": "127.0.0.0/8",
    "DUALWATCH_ALERTS__WEBHOOKS__HTTP": "true",
    "DUALWATCH_ALERTS__WEBHOOKS__PORTS": "1024-65535",
}
PDF: Final = b"%PDF-1.4\n" + b"% \n" * 200_000 + b"trailer\n<<>>\n%%EOF\n"
BATCH: Final = {"content-type": "application/cloudevents-batch+json", "prefer": "wait=20"}
READY_SECONDS: Final = 120.0


@dataclass
class City:
    """A city on a stack that is started several times on the same data."""

    folder: Path
    port: int
    remembered: dict[str, Any] = field(default_factory=dict)

    def stack(self, **more: Any) -> Stack:
        """Make the stack; without services there are Kafka and MongoDB alone."""
        return Stack(
            self.folder,
            ports_from=self.port,
            passwords=True,
            environ=dict(ENVIRON),
            **more,
        )


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    """Let commands find the stack by its directory."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(tmp_path / "data"))
    return City(tmp_path / "data", free_ports_from())


def ask(stack: Stack, service: str, path: str, method: str = "GET", **more: Any) -> httpx.Response:
    """Ask a service as the deployment."""
    places = stack.endpoints()
    headers = {"authorization": f"Bearer {places.key}", **more.pop("headers", {})}
    url = getattr(places, service) + path
    return httpx.request(method, url, headers=headers, timeout=60, trust_env=False, **more)


def publish(stack: Stack, *facts: AnyEvent) -> dict[str, Any]:
    """Publish facts; give what became of them."""
    body = b"[" + b",".join(map(encode, facts)) + b"]"
    answer = ask(stack, "intake", "/v1/events", "POST", content=body, headers=dict(BATCH))
    assert answer.status_code < 400, answer.text
    return answer.json()


def open_day(stack: Stack, day: str) -> None:
    """Open a day, and wait until everybody has passed it."""
    wanted = {"jurisdiction": CITY, "date": day, "jump": True}
    opened = ask(stack, "intake", "/v1/days", "POST", json=wanted).json()
    with Client(places_of(stack.endpoints())) as client:
        wait_until_passed(client, opened["position"])


def spent(event_id: str, amount: str) -> AnyEvent:
    """Make a payment."""
    return builders.expenditure(PROJECT, amount, "2026-03-02", event_id=event_id)


def subscribed(stack: Stack, form: dict[str, str]) -> str:
    """Subscribe, once alerts knows the city."""
    answer = ask(stack, "alerts", "/v1/subscriptions", "POST", json=form)
    assert 201 == answer.status_code, answer.text
    return str(answer.json()["subscription_id"])


def populate(city: City, stack: Stack, hook: str, file: Path) -> None:
    """Leave something of each kind that is on no topic."""
    facts = [
        builders.jurisdiction(CITY),
        builders.organisation("D1", CITY, kind="department"),
        builders.organisation("A", CITY, kind="unit", parent="D1"),
        builders.project(PROJECT, name="学校", lead_unit="A", department="D1"),
        builders.budget(PROJECT, unit="A"),
        spent("over", "900.00"),
    ]
    assert len(facts) == publish(stack, *facts)["counts"]["accepted"]
    form = {"name": "desk", "jurisdiction": CITY, "channel": "webhook", "address": hook}
    city.remembered["subscription"] = eventually(lambda: subscribed(stack, form), READY_SECONDS)
    open_day(stack, "2026-06-29")
    open_day(stack, "2026-06-30")
    broken = json.loads(encode(spent("wrong", "12.00")))
    broken["data"]["amount"] = "12"
    headers = {"content-type": "application/cloudevents+json", "prefer": "wait=20"}
    content = json.dumps(broken).encode()
    refused = ask(stack, "intake", "/v1/events", "POST", content=content, headers=headers).json()
    city.remembered["quarantine"] = refused["quarantine"]
    city.remembered["evidence"] = command(stack, "evidence", "put", PROJECT, str(file))["sha256"]


def told(stack: Stack) -> dict[str, Any]:
    """Ask what people would ask."""
    alerts = ask(stack, "alerts", "/v1/alerts", params={"jurisdiction": CITY}).json()["items"]
    feed = ask(stack, "alerts", f"/v1/feeds/{CITY}").json()
    project = ask(stack, "analysis", f"/v1/projects/{PROJECT.replace('/', '%2F')}").json()
    entries = command(stack, "ledger", "show", PROJECT)
    return {
        "alerts": sorted((one["alert_id"], one["state"], one["severity"]) for one in alerts),
        "feed": [one.get("id") for one in feed.get("items", [])],
        "spent": project["spent"],
        "entries": [(one["sequence"], one["position"], one["hash"]) for one in entries],
    }


def stored() -> dict[str, list[Any]]:
    """Read what the backup is to bring back, of what running services leave alone."""
    names = ("principals", "principal_log", "accounts", "quarantine", "evidence.chunks")
    settings = operator_settings(os.environ).mongo
    with MongoClient[dict[str, Any]](**settings.client) as client:
        found = {
            name: list(client["dualwatch_intake"][name].find().sort("_id", 1)) for name in names
        }
        alerts = client["dualwatch_alerts"]
        found |= {name: list(alerts[name].find().sort("_id", 1)) for name in ("alerts", "feeds")}
    return found


def lose_mongodb(city: City) -> None:
    """Lose every file of it."""
    shutil.rmtree(city.folder / "mongo")


def test_all_comes_back(city: City, tmp_path: Path) -> None:
    """Who signs in, which key opens, what is released, delivered, downloaded: as before."""
    asyncio.run(_all_comes_back(city, tmp_path))


async def _all_comes_back(city: City, tmp_path: Path) -> None:
    file, place = tmp_path / "report.pdf", tmp_path / "backup"
    file.write_bytes(PDF)
    async with receiving() as receiver:
        before, kept = await asyncio.to_thread(_fill_and_back_up, city, receiver, file, place)
        await asyncio.to_thread(_lose_and_restore, city, place)
        delivered = len(receiver.received)
        await asyncio.to_thread(_works_as_before, city, before, kept, receiver, delivered)


def _fill_and_back_up(
    city: City, receiver: Receiver, file: Path, place: Path
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    with city.stack() as stack:
        populate(city, stack, receiver.url, file)
        before, kept = told(stack), stored()
        eventually(lambda: len(receiver.received) == len(kept["feeds"]), READY_SECONDS)
        made = command(stack, "backup", str(place))
        # What comes after the backup: in the ledger, so that it is not lost either.
        publish(stack, spent("later", "1.00"))
        before["entries"] = told(stack)["entries"]
    assert before["alerts"]
    assert {name.partition(".")[0] for name in (row["collection"] for row in made["parts"])} == {
        name for name, each in CATALOGUES.items() if each.backed_up() and not each.restricted
    }
    return before, kept


def _lose_and_restore(city: City, place: Path) -> None:
    lose_mongodb(city)
    with city.stack(services=()) as stack:
        restored = command(stack, "restore", str(place))
        assert {"equal"} == {row["compared"] for row in restored["compared"]}
        assert command(stack, "restore", str(place), "--check")["compared"]


def _works_as_before(
    city: City,
    before: dict[str, Any],
    kept: dict[str, list[Any]],
    receiver: Receiver,
    delivered: int,
) -> None:
    with city.stack() as stack:
        command(stack, "ledger", "restore")
        assert [] == command(stack, "ledger", "verify")["faults"]
        _people_and_keys(stack)
        eventually(lambda: _is_as_before(told(stack), before), READY_SECONDS)
        again = stored()
        same = ("accounts", "principals", "quarantine", "evidence.chunks")
        assert {name: kept[name] for name in same} == {name: again[name] for name in same}
        assert kept["feeds"] == again["feeds"][: len(kept["feeds"])]
        _quarantine_is_released(city, stack)
        _evidence_is_there(city, stack)
        subscription = city.remembered["subscription"]
        command(stack, "subscriptions", "test", subscription)
        eventually(lambda: len(receiver.received) > delivered, READY_SECONDS)
        found = command(stack, "doctor")
        assert [] == [each for each in found if each["state"] == "fault"]


def _is_as_before(now: dict[str, Any], before: dict[str, Any]) -> bool:
    for name in ("alerts", "entries"):
        assert before[name] == now[name]
    assert "901.00" == now["spent"]
    return True


def _people_and_keys(stack: Stack) -> None:
    password = password_of(stack.data.path, "auditor") or ""
    with httpx.Client(base_url=stack.endpoints().console, timeout=60, trust_env=False) as browser:
        form = {"name": "auditor", "password": password}
        eventually(lambda: browser.post("/sign-in", data=form).status_code == 303)
        assert "auditor" in browser.get("/account").text
    key = key_file(stack.data.path, "auditor").read_text(encoding="utf-8").strip()
    headers = {"authorization": f"Bearer {key}"}
    for service in ("intake", "analysis", "alerts", "reporting"):
        url = f"{getattr(stack.endpoints(), service)}/v1/position"
        assert 200 == httpx.get(url, headers=headers, trust_env=False).status_code


def _quarantine_is_released(city: City, stack: Stack) -> None:
    entry = city.remembered["quarantine"]
    fixed = encode(spent("wrong", "12.00"))
    headers = {"content-type": "application/cloudevents+json"}
    path = f"/v1/quarantine/{entry}/event?note=x"
    answer = ask(stack, "intake", path, "PUT", content=fixed, headers=headers)
    assert 200 == answer.status_code, answer.text
    (released,) = command(stack, "quarantine", "release", entry)
    assert "released" == released["state"]


def _evidence_is_there(city: City, stack: Stack) -> None:
    answer = ask(stack, "intake", f"/v1/evidence/{city.remembered['evidence']}")
    assert PDF == answer.content
