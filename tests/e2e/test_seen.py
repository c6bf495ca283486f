"""What operators see of one payment, and what nobody sees: on the whole stack, at level debug.

One request is found again by its id in every log from the door to the webhook, and by its trace at
a collector. Secrets and people's numbers, planted at every door, are in no log, no metric and no
refusal.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from contracts.codec import encode
from contracts.envelope import AnyEvent
from deploy.local.stack import Stack
from services.cli import main
from tests.support import builders
from tests.support.collector import Collector, collecting
from tests.support.eventually import eventually
from tests.support.hooks import Hooks, hooked
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration

SERVICES: Final = ("intake", "analysis", "alerts", "reporting", "console")
CITY: Final = "J781"
PROJECT: Final = f"{CITY}/P1"
CORRELATION: Final = "payment-seen-1"
BY_KAFKA: Final = "payment-seen-by-kafka"
TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT: Final = f"00-{TRACE}-00f067aa0ba902b7-01"
CARD: Final = "6222021234567890123"
IDENTITY: Final = "610103199001011234"
NAME: Final = "欧阳震华"
PASSWORD: Final = "Zwiebel-Koenig-4711"
UNKNOWN_KEY: Final = "dw_0123456789abcdef_" + "Q" * 43
HOOK_SECRET: Final = "whsec_" + "TWZLUTlyOEdLWXFyVHdqVVBEOElMUFpJbzJMYUxhU3c="
JSON: Final = {"content-type": "application/cloudevents+json", "prefer": "wait=20"}


@dataclass
class Seen:
    """A stack whose services tell all they tell, and who listens to it."""

    stack: Stack
    hooks: Hooks
    collector: Collector
    http: httpx.Client

    def ask(self, service: str, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """Ask a service with the deployment's key, or another one."""
        places = self.stack.endpoints()
        headers = {"authorization": f"Bearer {places.key}", **more.pop("headers", {})}
        return self.http.request(method, getattr(places, service) + path, headers=headers, **more)

    def publish(self, *facts: AnyEvent, **headers: str) -> httpx.Response:
        """Publish a batch over HTTP."""
        body = b"[" + b",".join(map(encode, facts)) + b"]"
        kind = {"content-type": "application/cloudevents-batch+json"}
        return self.ask(
            "intake", "/v1/events", "POST", content=body, headers={**JSON, **kind, **headers}
        )

    def logs(self) -> dict[str, str]:
        """Read what each process has written."""
        folder = self.stack.data.path / "logs"
        return {file.stem: file.read_text("utf-8", "replace") for file in folder.glob("*.log")}

    def lines(self, service: str) -> list[dict[str, Any]]:
        """Read a service's lines."""
        found = self.logs().get(service, "").splitlines()
        return [json.loads(line) for line in found if line.startswith("{")]

    def lines_of(self, service: str, correlation: str) -> list[str]:
        """Name the events of a service's log that are about a request."""
        lines = self.lines(service)
        return [one["event"] for one in lines if one.get("correlation_id") == correlation]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Start everything, and somebody who takes webhooks and traces."""
    folder = tmp_path_factory.mktemp("seen") / "data"
    with collecting() as collector, hooked() as hooks, httpx.Client(timeout=60) as http:
        environ = {
            "DUALWATCH_LOG__FORMAT": "json",
            "DUALWATCH_LOG__LEVEL": "debug",
            "DUALWATCH_TRACES__ENDPOINT": collector.url,
            "DUALWATCH_ALERTS__WEBHOOKS__ALLOW": "127.0.0.1",
            "DUALWATCH_ALERTS__WEBHOOKS__HTTP": "true",
            "DUALWATCH_ALERTS__WEBHOOKS__PORTS": "1024-65535",
        }
        with Stack(folder, ports_from=free_ports_from(), environ=environ) as stack:
            made = Seen(stack, hooks, collector, http)
            _populate(made)
            yield made


def _populate(seen: Seen) -> None:
    sent = seen.publish(
        builders.jurisdiction(CITY),
        builders.organisation("D1", CITY, kind="department"),
        builders.organisation("A", CITY, kind="unit", parent="D1"),
        builders.project(PROJECT, lead_unit="A", department="D1"),
        builders.budget(PROJECT, unit="A"),
    )
    assert 202 == sent.status_code, sent.text
    day = {"jurisdiction": CITY, "date": "2026-06-30", "jump": True}
    assert seen.ask("intake", "/v1/days", "POST", json=day).status_code < 300
    form = {
        "name": "seen",
        "jurisdiction": CITY,
        "channel": "webhook",
        "address": seen.hooks.url,
        "after": 0,
    }

    def subscribed() -> bool:
        answer = seen.ask("alerts", "/v1/subscriptions", "POST", json=form)
        return answer.status_code == 201

    eventually(subscribed, deadline_seconds=60)


def test_a_payment_is_found_from_the_door_to_the_webhook(seen: Seen) -> None:
    """In each log, in what was stated, at the receiver, in the log of deliveries."""
    over = builders.expenditure(PROJECT, "900000.00", "2026-03-02", event_id="seen-1")
    sent = seen.publish(over, **{"x-correlation-id": CORRELATION, "traceparent": PARENT})
    assert CORRELATION == sent.headers["x-correlation-id"]

    def delivered() -> list[tuple[dict[str, str], bytes]]:
        return [one for one in seen.hooks.received if CORRELATION.encode() in one[1]]

    eventually(delivered, deadline_seconds=60)
    headers, body = delivered()[0]
    assert CORRELATION == headers["x-correlation-id"]
    assert CORRELATION == json.loads(body)["correlationid"]
    eventually(lambda: "webhook_sent" in seen.lines_of("alerts", CORRELATION))
    assert {"events_received", "entries_recorded"} <= set(seen.lines_of("intake", CORRELATION))
    assert "entries_folded" in seen.lines_of("analysis", CORRELATION)
    assert "alert_changed" in seen.lines_of("alerts", CORRELATION)
    feed = seen.ask("alerts", f"/v1/feeds/{CITY}").json()["items"]
    assert CORRELATION in json.dumps(feed)
    one = seen.ask("alerts", "/v1/subscriptions").json()["items"][0]["subscription_id"]

    def logged() -> bool:
        return CORRELATION in seen.ask("alerts", f"/v1/subscriptions/{one}/deliveries").text

    eventually(logged)
    # The trace that came with the request goes on in the webhook's own header.
    assert TRACE == headers["traceparent"].split("-")[1]


def test_one_trace_leads_from_the_door_to_the_webhook(seen: Seen) -> None:
    """Spans of the request, the batch of each stage, the transactions, publications, delivery."""
    wanted = {
        ("dualwatch-intake", "http"),
        ("dualwatch-intake", "batch"),
        ("dualwatch-intake", "transaction"),
        ("dualwatch-intake", "publish"),
        ("dualwatch-analysis", "batch"),
        ("dualwatch-analysis", "transaction"),
        ("dualwatch-alerts", "batch"),
        ("dualwatch-alerts", "webhook"),
    }

    def found() -> set[tuple[str, str]]:
        return {(one.service, one.name) for one in seen.collector.of(TRACE)}

    eventually(lambda: wanted <= found(), deadline_seconds=30)
    spans = seen.collector.of(TRACE)
    (door,) = [one for one in spans if (one.service, one.name) == ("dualwatch-intake", "http")]

    assert ("00f067aa0ba902b7", CORRELATION) == (door.parent, door.attributes["correlation_id"])
    assert "/v1/events" == door.attributes["route"]
    known = {one.span for one in spans} | {"00f067aa0ba902b7"}
    assert [] == [one for one in spans if one.parent not in known]


async def test_a_record_of_a_publisher_brings_its_own_id(seen: Seen) -> None:
    """As a header of the record; one that does not look like an id is left behind."""
    producer = AIOKafkaProducer(bootstrap_servers=seen.stack.endpoints().kafka)
    await producer.start()
    try:
        for number, name in enumerate((BY_KAFKA.encode(), b"not an id: " + CARD.encode())):
            paid = builders.expenditure(
                PROJECT, "1.00", "2026-03-03", event_id=f"by-kafka-{number}"
            )
            headers = [("x-correlation-id", name)]
            await producer.send_and_wait("publish.demo", encode(paid), headers=headers)
    finally:
        await producer.stop()
    eventually(lambda: "entries_folded" in seen.lines_of("analysis", BY_KAFKA), deadline_seconds=30)

    assert "entries_recorded" in seen.lines_of("intake", BY_KAFKA)
    assert not any("not an id" in text for text in seen.logs().values())


def planted(seen: Seen) -> tuple[list[str], list[httpx.Response]]:
    """Plant secrets at every door; give them, and what was answered."""
    person = {"name": NAME, "account": CARD, "natural_person": True}
    paid = {"date": "2026-03-02", "fiscal_year": 2026, "amount": "1.00", "line": "L1"}
    envelope = {
        "specversion": "1.0",
        "source": "seen",
        "type": "dualwatch.expenditure.recorded.v1",
        "time": "2026-03-02T00:00:00Z",
    }
    facts = [
        {**envelope, "id": "p1", "subject": PROJECT, "data": {**paid, "payee": person}},
        {**envelope, "id": "p2", "subject": PROJECT, "data": {**paid, "purpose": f"卡 {IDENTITY}"}},
        {
            **envelope,
            "id": "p3",
            "subject": PROJECT,
            "data": {**paid, "payee": person, "amount": "x"},
        },
        {**envelope, "id": "p4", "subject": f"{CITY}x/P", "data": {**paid, "payee": person}},
        {**envelope, "id": f"{CARD}", "subject": PROJECT, "data": {CARD: NAME}},
    ]
    answers = [seen.ask("intake", "/v1/events", "POST", json=one, headers=JSON) for one in facts]
    made = seen.ask(
        "intake",
        "/v1/principals",
        "POST",
        json={"id": "seen-operator", "name": NAME, "roles": ["operator"], "jurisdictions": [CITY]},
    )
    key = made.json()["key"]
    password = {"password": PASSWORD}
    answers += [
        seen.ask("intake", "/v1/principals/seen-operator/password", "PUT", json=password),
        seen.ask("intake", "/v1/principals/nobody/password", "PUT", json=password),
        seen.ask(
            "intake", "/v1/principals/seen-operator/password", "PUT", json={"passwort": PASSWORD}
        ),
    ]
    for given in (UNKNOWN_KEY, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", PASSWORD):
        headers = {"authorization": f"Bearer {given}"}
        answers += [seen.ask(one, "/v1/position", headers=headers) for one in SERVICES[:-1]]
    console = seen.stack.endpoints().console
    for form in (
        {"name": "seen-operator", "password": PASSWORD + "x"},
        {"name": "seen-operator", "password": PASSWORD},
        {"key": UNKNOWN_KEY, "by": "key"},
        {"key": key, "by": "key"},
    ):
        # A connection of its own: one that was kept may have ended meanwhile.
        answers.append(httpx.post(f"{console}/sign-in", data=form, timeout=60))
    hook = {"name": "x", "jurisdiction": CITY, "channel": "webhook", "secret": HOOK_SECRET}
    wrong = {**hook, "address": f"https://user:{PASSWORD}@10.0.0.1/?token={UNKNOWN_KEY}"}
    answers += [
        seen.ask("alerts", "/v1/subscriptions", "POST", json=wrong),
        seen.ask("alerts", f"/v1/alerts/{CARD}"),
        seen.ask("intake", f"/v1/receipts/{UNKNOWN_KEY}"),
    ]
    new = seen.ask(
        "alerts",
        "/v1/subscriptions",
        "POST",
        json={
            "name": "secret",
            "jurisdiction": CITY,
            "channel": "webhook",
            "address": seen.hooks.url,
        },
    )
    secrets = re.findall(r"whsec_[A-Za-z0-9+/=]+", new.text)
    assert secrets
    return [key, *secrets], answers


def test_nothing_planted_is_seen(seen: Seen) -> None:
    """Accounts, names, passwords, keys, tokens: in no log, no metric and no refusal."""
    drawn, answers = planted(seen)
    places = seen.stack.endpoints()
    hidden = [CARD, IDENTITY, NAME, PASSWORD, UNKNOWN_KEY, HOOK_SECRET, places.key, *drawn]
    hidden += [line for file in _secret_files(seen.stack.data.path) for line in file]
    eventually(lambda: any(one["event"] == "batch_recorded" for one in seen.lines("intake")))
    metrics = {one: seen.http.get(f"{getattr(places, one)}/metrics").text for one in SERVICES}
    refusals = [answer.text for answer in answers if answer.status_code >= 400]
    texts = {**{f"log of {name}": text for name, text in seen.logs().items() if name in SERVICES}}
    texts |= {f"metrics of {name}": text for name, text in metrics.items()}
    texts |= {f"refusal {number}": text for number, text in enumerate(refusals)}
    told = [
        (name, secret[:12]) for name, text in texts.items() for secret in hidden if secret in text
    ]

    assert [] == told
    assert all(answer.status_code < 500 for answer in answers)
    assert len(refusals) > 15
    assert all(f"log of {name}" in texts for name in SERVICES)


def _secret_files(folder: Path) -> Iterator[list[str]]:
    for name in ("people.key",):
        yield (folder / name).read_text().split()


def test_levels_are_set_while_all_runs(
    seen: Seen, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By an operator, at every service; by nobody else."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(seen.stack.data.path))
    with pytest.raises(SystemExit) as told:
        main(["logs", "level", "services.chassis", "warning", "--for", "30s", "--json"])
    shown = json.loads(capsys.readouterr().out)
    reader = seen.ask(
        "intake",
        "/v1/principals",
        "POST",
        json={"id": "seen-reader", "name": "r", "roles": ["auditor"], "jurisdictions": [CITY]},
    ).json()["key"]
    headers = {"authorization": f"Bearer {reader}"}
    form = {"module": "services", "level": "debug"}

    def refused(service: str) -> bool:
        answer = seen.ask(service, "/v1/log-levels", "PUT", json=form, headers=headers)
        return answer.status_code == 403

    assert not told.value.code
    assert set(SERVICES) == set(shown)
    assert all("services.chassis" in one["set"] for one in shown.values())
    for service in SERVICES:
        eventually(partial(refused, service))
    nobody = seen.ask("console", "/v1/log-levels", headers={"authorization": ""})
    assert 401 == nobody.status_code


def test_a_service_lives_without_its_collector(seen: Seen) -> None:
    """Spans are lost and counted, payments are not. The last test: nobody collects after it."""
    seen.collector.leave()
    sent = seen.publish(builders.expenditure(PROJECT, "2.00", "2026-03-04", event_id="away-1"))
    lost = re.compile(r'dualwatch_trace_exports_total\{outcome="lost"\} [1-9]')

    def is_counted() -> bool:
        return bool(lost.search(seen.http.get(f"{seen.stack.endpoints().intake}/metrics").text))

    assert 202 == sent.status_code
    eventually(is_counted, deadline_seconds=60)
    again = seen.publish(builders.expenditure(PROJECT, "3.00", "2026-03-04", event_id="away-2"))
    assert 202 == again.status_code
    assert 200 == seen.ask("intake", "/readyz").status_code
