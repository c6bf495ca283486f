"""Nobody in who should not be: publishers at every door, readers at every route of every service.

The routes come from the services' own OpenAPI documents: one that is added later is asked too,
and a parameter that nobody thought of fails the test until it is given an example here.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from contracts.codec import encode
from contracts.envelope import AnyEvent
from deploy.local.stack import Stack
from services.chassis.publisher import ensure_topics
from services.chassis.settings import KafkaSettings
from services.cli import main
from services.cli.client import Client
from services.cli.passing import wait_until_passed
from services.cli.places import Places, places_of
from services.cli.session import Session
from tests.support import builders
from tests.support.eventually import eventually, eventually_async
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration

SERVICES: Final = ("intake", "analysis", "alerts", "reporting")
CITY: Final = "J761"
OTHER: Final = "J762"
MINE: Final = f"{CITY}/PA"
THEIRS: Final = f"{CITY}/PB"
THEIR_NAME: Final = "another-unit's-project"
DAY: Final = "2026-06-30"
PRESET: Final = "projects"
PDF: Final = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
JSON: Final = {"content-type": "application/cloudevents+json", "prefer": "wait=20"}


@dataclass
class World:
    """A running stack with two units of two departments, and keys by principal."""

    stack: Stack
    http: httpx.Client
    keys: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    """Path parameter → something of the other unit that there is."""

    def ask(
        self, who: str | None, service: str, path: str, method: str = "GET", **more: Any
    ) -> httpx.Response:
        """Ask a service as a principal; None: without any key."""
        url = getattr(self.stack.endpoints(), service) + path
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["authorization"] = f"Bearer {self.keys[who]}"
        return self.http.request(method, url, headers=headers, **more)

    def create(self, name: str, role: str, **bounds: Any) -> None:
        """Give out a key."""
        body = {"id": name, "name": name, "roles": [role], **bounds}
        answer = self.ask("deployment", "intake", "/v1/principals", "POST", json=body)
        assert answer.status_code == 201, answer.text
        self.keys[name] = answer.json()["key"]

    def places(self, who: str) -> Places:
        """Give where a principal's command finds the services."""
        found = places_of(self.stack.endpoints())
        return Places(found.urls, self.keys[who])

    def spec(self, service: str) -> dict[str, Any]:
        """Read a service's description of itself."""
        return self.ask(None, service, "/openapi.json").json()["paths"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Start everything and publish as the deployment."""
    folder = tmp_path_factory.mktemp("identity") / "data"
    with Stack(folder, ports_from=free_ports_from()) as stack, httpx.Client(timeout=60) as http:
        made = World(stack, http, {"deployment": stack.endpoints().key})
        _populate(made)
        bound = {"jurisdictions": [CITY], "organisations": ["A"]}
        made.create("unit-a", "unit_filler", **bound)
        made.create("unit-b", "unit_filler", jurisdictions=[CITY], organisations=["B"])
        made.create("department-1", "department_reviewer", **{**bound, "organisations": ["D1"]})
        made.create("bureau", "performance_division", jurisdictions=[CITY])
        made.create("elsewhere", "auditor", jurisdictions=[OTHER])
        made.create("finance-a", "publisher", **bound)
        made.create("finance-b", "publisher", jurisdictions=[CITY], organisations=["B"])
        made.create("keys-of-other", "operator", jurisdictions=[OTHER])
        for name, service in product(made.keys, SERVICES):
            _wait_until_known(made, name, service)
        made.theirs = _examples(made)
        yield made


def _populate(world: World) -> None:
    facts: list[AnyEvent] = [
        builders.jurisdiction(CITY),
        builders.jurisdiction(OTHER),
        *(builders.organisation(code, CITY, kind="department") for code in ("D1", "D2")),
        builders.organisation("A", CITY, kind="unit", parent="D1"),
        builders.organisation("B", CITY, kind="unit", parent="D2"),
        builders.project(MINE, name="mine", lead_unit="A", department="D1"),
        builders.project(THEIRS, name=THEIR_NAME, lead_unit="B", department="D2"),
        *(builders.budget(project, unit=unit) for project, unit in ((MINE, "A"), (THEIRS, "B"))),
        *(_paid(f"{project}-over", project, "900.00") for project in (MINE, THEIRS)),
    ]
    body = b"[" + b",".join(map(encode, facts)) + b"]"
    headers = {**JSON, "content-type": "application/cloudevents-batch+json"}
    sent = world.ask("deployment", "intake", "/v1/events", "POST", content=body, headers=headers)
    assert len(facts) == sent.json()["counts"]["accepted"], sent.text
    opened = [
        world.ask("deployment", "intake", "/v1/days", "POST", json=wanted).json()
        for day in ("2026-06-29", DAY)
        for wanted in ({"jurisdiction": CITY, "date": day, "jump": True},)
    ]
    with Client(places_of(world.stack.endpoints())) as client:
        wait_until_passed(client, opened[-1]["position"])


def _paid(event_id: str, project: str, amount: str = "1.00", **data: Any) -> AnyEvent:
    return builders.expenditure(project, amount, "2026-03-02", event_id=event_id, **data)


def status_of(world: World, name: str, service: str) -> int:
    """Ask what everybody may ask who has a key."""
    return world.ask(name, service, "/v1/position").status_code


def _wait_until_known(world: World, name: str, service: str) -> None:
    eventually(lambda: status_of(world, name, service) == 200)


def _examples(world: World) -> dict[str, str]:
    """Find one thing of the other unit, or of the whole, for each parameter of a path."""
    ask = world.ask
    alerts = ask("deployment", "alerts", "/v1/alerts", params={"project": THEIRS}).json()["items"]
    receipt = ask(
        "finance-b",
        "intake",
        "/v1/events",
        "POST",
        content=encode(_paid("b-own", THEIRS)),
        headers=JSON,
    ).json()["receipt"]
    refused = ask(
        "finance-b",
        "intake",
        "/v1/events",
        "POST",
        content=encode(_paid("b-x", MINE)),
        headers=JSON,
    ).json()["quarantine"]
    auditor = ask("deployment", "intake", "/v1/principals/finance-b").json()
    return {
        "project": THEIRS,
        "figure": "spent",
        "alert": alerts[0]["alert_id"],
        "jurisdiction": OTHER,
        "department": "D2",
        "receipt": receipt,
        "quarantine_id": refused,
        "batch_id": _batch(world),
        "principal_id": "finance-b",
        "key_id": auditor["keys"][0]["key_id"],
        "sequence": "1",
        "file_id": _uploaded(world, "finance-b")["id"],
        "name": PRESET,
        "rebuild": "topic",
        "sha256": _attached(world),
        "subscription": _subscribed(world),
        "delivery": "0",
        "suppression": "0" * 24,
        "filter": _saved(world),
        "disposition": _disposed(world),
        "referral": _referred(world),
        "rule": "over_budget",
        "campaign": _campaign(world),
        "paper": _handed_in(world),
        "edition": "1",
        "download": _bundled(world),
        "table": "PAY_PERF_MONITOR_INFO",
        "template": "annex1-city-1.yaml",
    }


def _batch(world: World) -> str:
    """Let the other unit's publisher state one side of a virement alone."""
    side = builders.adjustment("virement", "1.00", subject=THEIRS, direction="out")
    sent = world.ask(
        "finance-b", "intake", "/v1/events", "POST", content=encode(side), headers=JSON
    )
    assert "accepted" == sent.json()["verdict"], sent.text
    eventually(lambda: _batches(world, "finance-b"))
    [found] = _batches(world, "finance-b")
    return str(found["id"])


def _batches(world: World, who: str) -> list[dict[str, Any]]:
    wanted = {"jurisdiction": CITY, "state": "settling"}
    answer = world.ask(who, "intake", "/v1/adjustment-batches", params=wanted)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def _decided(world: World, path: str, **told: Any) -> dict[str, Any]:
    """Have the bureau decide about the other unit's project."""
    city, _, code = THEIRS.partition("/")
    answer = world.ask(
        "bureau",
        "alerts",
        path,
        "POST",
        headers={"idempotency-key": path},
        json={"jurisdiction": city, "project": code, "fiscal_year": 2026, **told},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def _disposed(world: World) -> str:
    """Record a disposition."""
    told = {
        "measure": "disbursement_stopped",
        "objective_grounds": False,
        "ground": "超预算",
        "decision": {"body": "市财政局", "number": "1"},
        "decided_on": DAY,
    }
    return str(_decided(world, "/v1/dispositions", **told)["disposition_id"])


def _referred(world: World) -> str:
    """Refer a project: nobody but the bureau is named."""
    told = {"kind": "discipline_lead", "receiver": "市纪委", "statement": "线索"}
    return str(_decided(world, "/v1/referrals", **told)["referral_id"])


def _campaign(world: World) -> str:
    """Open a campaign that asks the other unit alone."""
    form = {
        "jurisdiction": CITY,
        "id": "theirs",
        "name": "二次监控",
        "fiscal_year": 2026,
        "cut_off": DAY,
        "scope": {"kind": "organisations", "organisations": ["B"]},
    }
    path = f"/v1/campaigns/{quote(f'{CITY}/theirs', safe='')}"
    for step, body in (("/v1/campaigns", form), (f"{path}/open", {})):
        key = {"idempotency-key": step}
        answer = world.ask("deployment", "reporting", step, "POST", headers=key, json=body)
        assert answer.status_code == 200, answer.text

    def is_open() -> bool:
        return bool(world.ask("deployment", "reporting", path).json()["state"] == "open")

    eventually(is_open, 60)
    return f"{CITY}/theirs"


def _handed_in(world: World) -> str:
    """Hand the other unit's form in and take it back: frozen once, and to be filled in."""
    paper = f"{CITY}/theirs/form/PB"
    path = f"/v1/papers/{quote(paper, safe='')}"
    answers = {"areas": ["other"], "possibility": "certain", "filled_on": DAY}
    money = dict.fromkeys(("expected_spent", "carryover", "surplus"), "0.00")
    gaps = world.ask("deployment", "reporting", path).json()["gaps"]
    pointers = [gap["pointer"] for gap in gaps]
    fields = [
        {
            "field": pointer,
            "value": {**answers, **money}.get(pointer.rsplit("/", 1)[-1], "无"),
            "version": 0,
        }
        for pointer in pointers
    ]
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("PATCH", "draft", {"fields": fields}),
        ("POST", "submit", {}),
        ("POST", "withdraw", {}),
    )
    for method, step, body in steps:
        key = {"idempotency-key": f"paper-{step}"}
        answer = world.ask(
            "deployment", "reporting", f"{path}/{step}", method, headers=key, json=body
        )
        assert answer.status_code == 200, answer.text
    return paper


def _saved(world: World) -> str:
    """Save a filter as the deployment."""
    answer = world.ask("deployment", "alerts", "/v1/filters/grave", "PUT", json={"query": {}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["name"])


def _subscribed(world: World) -> str:
    """Subscribe to what never happens: nothing is ever sent there."""
    form = {
        "name": "nothing",
        "jurisdiction": CITY,
        "channel": "webhook",
        "address": "https://93.184.215.14/",
        "filter": {"rules": ["no_such_rule"]},
    }
    answer = world.ask("deployment", "alerts", "/v1/subscriptions", "POST", json=form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["subscription_id"])


def _attached(world: World) -> str:
    """Attach a file to the other unit's project."""
    told = {"subject": THEIRS, "name": "report.pdf"}
    answer = world.ask("finance-b", "intake", "/v1/evidence", "POST", params=told, content=PDF)
    assert answer.is_success, answer.text
    return answer.json()["sha256"]


def _uploaded(world: World, who: str) -> dict[str, Any]:
    """Upload a preset's template, whose example is a project of neither unit."""
    workbook = world.ask(who, "intake", f"/v1/files/templates/{PRESET}").content
    wanted = {"preset": PRESET, "jurisdiction": CITY}
    answer = world.ask(who, "intake", "/v1/files", "POST", params=wanted, content=workbook)
    assert answer.status_code == 201, answer.text
    return answer.json()


def _bundled(world: World) -> str:
    """Have the forms of the other unit's campaign bundled, for the deployment alone."""
    path = f"/v1/campaigns/{quote(f'{CITY}/theirs', safe='')}"

    def is_open() -> bool:
        return world.ask("deployment", "reporting", path).json().get("state") == "open"

    eventually(is_open)
    answer = world.ask(
        "deployment",
        "reporting",
        f"{path}/downloads",
        "POST",
        headers={"idempotency-key": "bundle"},
        json={"format": "xlsx"},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["download_id"])


NOWHERE: Final = {
    "project": f"{CITY}/PX",
    "figure": "spent",
    "alert": "0" * 32,
    "jurisdiction": "J76Z",
    "department": "DX",
    "receipt": "0" * 32,
    "quarantine_id": "0" * 32,
    "batch_id": "0" * 32,
    "principal_id": "finance-x",
    "key_id": "0" * 16,
    "sequence": "1",
    "file_id": "0" * 32,
    "name": "no-such-preset",
    "rebuild": "store",
    "sha256": "0" * 64,
    "subscription": "0" * 32,
    "delivery": "0",
    "suppression": "0" * 24,
    "filter": "none",
    "disposition": "0" * 32,
    "referral": "0" * 32,
    "rule": "no_such_rule",
    "campaign": f"{CITY}/none",
    "paper": f"{CITY}/none/form/PX",
    "edition": "1",
    "download": "0" * 32,
    "table": "PAY_PERF_MONITOR_INFO",
    "template": "none.yaml",
}
"""Path parameter → nothing that there is, of the same form."""
PUBLIC: Final = {"name", "filter", "rule", "template"}
"""Parameters of what is the same for everybody who may ask at all, or is one's own to name."""
SUMS: Final = {"/v1/why/{figure}"}
"""Paths that name nothing but a figure: it is that of what one may see."""
NAMED: Final = (
    "alert",
    "paper",
    "quarantine_id",
    "batch_id",
    "principal_id",
    "file_id",
    "sha256",
    "disposition",
    "referral",
)
"""Parameters that name something of the other unit's: their answers repeat what was asked."""
QUERY: Final = {
    "jurisdiction": CITY,
    "as_of": DAY,
    "fiscal_year": "2026",
    "partition": "0",
    "preset": PRESET,
    "subject": MINE,
    "scope": CITY,
    "from": "2026-06-29",
    "to": DAY,
    "kind": "bureau",
    "format": "xlsx",
    "unit": "B",
    "number": "nothing",
}
"""What required query parameters are given."""


def routes(world: World) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Give every route of every service: service, method, path, description."""
    for service in SERVICES:
        for path, methods in world.spec(service).items():
            for method, described in methods.items():
                yield service, method.upper(), path, described


def filled(path: str, values: dict[str, str]) -> str:
    """Put values into a path, each one segment; KeyError names what has no example."""
    return "/".join(
        quote(values[part[1:-1]], safe="") if part.startswith("{") else part
        for part in path.split("/")
    )


def required(described: dict[str, Any]) -> dict[str, str]:
    """Give the query parameters that a route demands; KeyError names what has no example."""
    wanted = [p for p in described.get("parameters", ()) if p["in"] == "query" and p["required"]]
    return {p["name"]: QUERY[p["name"]] for p in wanted}


def test_every_route_asks_for_a_key_and_a_permission(world: World) -> None:
    """Whatever it is about, and whether or not that exists."""
    for service, method, path, described in routes(world):
        assert described.get("x-permission"), f"{service} {method} {path} asks for no permission"
        bare = world.ask(None, service, filled(path, world.theirs), method)
        wrong = world.ask(
            None,
            service,
            filled(path, NOWHERE),
            method,
            headers={"authorization": "Bearer dw_0123456789abcdef_nothing"},
        )

        assert (401, 401) == (bare.status_code, wrong.status_code), f"{method} {path}"
        assert bare.content == wrong.content
    for service in SERVICES:
        assert 401 == world.ask(None, service, "/v1/nowhere").status_code


@pytest.mark.parametrize("who", ["unit-a", "department-1", "finance-a", "elsewhere"])
def test_what_is_out_of_scope_is_answered_like_what_does_not_exist(world: World, who: str) -> None:
    """The same status and the same bytes, on every route with something in its path."""
    looked = 0
    values = world.theirs | ({"jurisdiction": CITY} if who == "elsewhere" else {})
    for service, method, path, described in routes(world):
        query = required(described)
        if "{" not in path and "subject" not in query:
            continue
        if path in SUMS or any(f"{{{name}}}" in path for name in PUBLIC):
            continue
        there = {**query, "subject": THEIRS} if "subject" in query else query
        nowhere = {**query, "subject": NOWHERE["project"]} if "subject" in query else query
        theirs = world.ask(who, service, filled(path, values), method, params=there)
        nothing = world.ask(who, service, filled(path, NOWHERE), method, params=nowhere)

        assert theirs.status_code in {403, 404}, f"{method} {path}: {theirs.text}"
        assert nothing.status_code == theirs.status_code, f"{method} {path}"
        text = nothing.text
        for name, value in NOWHERE.items():
            if f"{{{name}}}" in path or (name == "project" and there != query):
                text = text.replace(value, values[name])
        assert text == theirs.text, f"{method} {path}"
        looked += theirs.status_code == 404
    assert looked


def test_for_whoever_may_see_it_all_of_that_exists(world: World) -> None:
    """Otherwise nothing was shown above: every example is there for the deployment.

    But a referral is there for those alone whom it names (domain-rules 25).
    """
    for service, method, path, described in routes(world):
        if "{" in path and method == "GET" and "{rebuild}" not in path and "{file" not in path:
            answer = world.ask(
                "bureau" if "{referral}" in path else "deployment",
                service,
                filled(path, world.theirs),
                method,
                params={**required(described), "fiscal_year": "2026"},
            )
            # 409: the entry is there, and no checkpoint covers it yet.
            assert answer.status_code in {200, 409}, f"{path}: {answer.text}"


@pytest.mark.parametrize("who", ["unit-a", "department-1", "elsewhere"])
def test_no_list_total_or_feed_tells_of_what_is_out_of_scope(world: World, who: str) -> None:
    """Neither names nor ids of the other unit's project stand in any answer."""
    for service, method, path, described in routes(world):
        if method != "GET":
            continue
        values = {**world.theirs, "project": MINE, "jurisdiction": CITY, "department": "D1"}
        answer = world.ask(
            who,
            service,
            filled(path, values),
            params=required(described),
            # A page of what changes; its stream would go on for ever.
            headers={"accept": "application/json"},
        )
        if set(NAMED) & set(path.replace("}", "{").split("{")):
            continue
        for secret in (THEIR_NAME, THEIRS, quote(THEIRS, safe=""), '"B"', world.theirs["alert"]):
            assert secret not in answer.text, f"{path} tells {who} of {secret}"


def test_batches_are_seen_by_their_publisher_and_the_desk_of_their_jurisdiction(
    world: World,
) -> None:
    """Others are told of none, and counted none."""
    world.create("desk", "data_desk", jurisdictions=[CITY])
    _wait_until_known(world, "desk", "intake")
    seen = {who: len(_batches(world, who)) for who in ("desk", "finance-b", "finance-a")}
    counted = {
        who: world.ask(
            who,
            "intake",
            "/v1/adjustment-batches/counts",
            params={"jurisdiction": CITY, "state": "settling"},
        ).json()["total"]
        for who in (*seen, "elsewhere")
    }

    assert {"desk": 1, "finance-b": 1, "finance-a": 0} == seen
    assert {**seen, "elsewhere": 0} == counted
    assert [] == _batches(world, "elsewhere")


def test_each_sees_what_is_its_own(world: World) -> None:
    """A unit its project, a department its units', the bureau all, and the sums are of those."""
    seen: dict[str, list[str]] = {}
    spent: dict[str, str] = {}
    for who in ("unit-a", "unit-b", "department-1", "bureau"):
        asked = {"jurisdiction": CITY, "fiscal_year": "2026"}
        rows = world.ask(who, "analysis", "/v1/projects", params=asked).json()["items"]
        sorted_ = {**asked, "sort": "spent", "search": "P"}
        ordered = world.ask(who, "analysis", "/v1/projects", params=sorted_).json()["items"]
        alerts = world.ask(who, "alerts", "/v1/alerts", params={"jurisdiction": CITY}).json()
        feed = world.ask(who, "alerts", f"/v1/feeds/{CITY}").json()
        seen[who] = sorted(row["project_id"] for row in rows)
        spent[who] = world.ask(who, "analysis", "/v1/overview", params=asked).json()["spent"]

        assert seen[who] == sorted(row["project_id"] for row in ordered)
        assert set(seen[who]) == {one["project_id"] for one in alerts["items"]}
        assert set(seen[who]) == {one["subject"] for one in feed["items"]}
        for project in seen[who]:
            for service, path in (
                ("intake", "/v1/ledger/"),
                ("analysis", "/v1/projects/"),
                ("reporting", "/v1/forms/"),
            ):
                answer = world.ask(who, service, path + quote(project, safe=""))
                assert 200 == answer.status_code, f"{who} {path}"

    assert {
        "unit-a": [MINE],
        "unit-b": [THEIRS],
        "department-1": [MINE],
        "bureau": [MINE, THEIRS],
    } == seen
    assert spent["unit-a"] == spent["department-1"] == "900.00"
    assert 404 == world.ask("elsewhere", "alerts", f"/v1/feeds/{CITY}").status_code


async def test_a_publisher_of_one_unit_is_refused_for_another_at_every_door(
    world: World, tmp_path: Path
) -> None:
    """Over HTTP, over Kafka and from a file; each is kept, counted and in the log."""
    before = _recorded(world)
    entries = _entries(world)

    http = world.ask(
        "finance-a",
        "intake",
        "/v1/events",
        "POST",
        content=encode(_paid("d1", THEIRS)),
        headers=JSON,
    )
    named = world.ask(
        "finance-a",
        "intake",
        "/v1/events",
        "POST",
        content=encode(_paid("d2", MINE, unit="B")),
        headers=JSON,
    )
    own = world.ask(
        "finance-a", "intake", "/v1/events", "POST", content=encode(_paid("d3", MINE)), headers=JSON
    )
    file = tmp_path / "facts.jsonl"
    file.write_bytes(encode(_paid("d4", THEIRS)) + b"\n")
    with pytest.raises(SystemExit):
        main(["publish", str(file), "--no-wait"], Session(world.places("finance-a")))
    await _put(world, "publish.finance-a", encode(_paid("d5", THEIRS)))
    table = _uploaded(world, "finance-a")
    world.ask("finance-a", "intake", f"/v1/files/{table['id']}/start", "POST")
    refused = 4 + table["rows"]["events"]

    assert [403, 403] == [http.status_code, named.status_code]
    assert ["/subject", "/data/unit"] == [http.json()["pointer"], named.json()["pointer"]]
    assert "accepted" == own.json()["verdict"]

    assert refused > 4
    expected = [count + refused for count in before]
    await eventually_async(lambda: _recorded(world) == expected, 60)
    kept = _kept(world)
    assert {"http", "kafka", "file"} == {one["door"] for one in kept}
    assert {"unauthorised"} == {one["reason"] for one in kept}
    assert entries == _entries(world)


async def test_a_topic_without_a_principal_is_nobodys(world: World) -> None:
    """Whoever may write to Kafka does not thereby publish."""
    kafka = KafkaSettings(bootstrap_servers=world.stack.endpoints().kafka)
    await ensure_topics(kafka, {"publish.unit-a": {}}, 1)
    await _put(world, "publish.unit-a", encode(_paid("n1", MINE)))

    def kept() -> list[Any]:
        found = world.ask("deployment", "intake", "/v1/quarantine").json()["items"]
        return [one for one in found if one["publisher"] == "unit-a"]

    await eventually_async(kept, 60)
    assert "unauthorised" == kept()[0]["reason"]


def test_a_key_that_is_taken_back_opens_nothing_anywhere(world: World) -> None:
    """Within the bound that is promised; mostly within a second."""
    world.create("leaves", "auditor", jurisdictions=None)
    for service in SERVICES:
        _wait_until_known(world, "leaves", service)

    began = time.monotonic()
    world.ask("deployment", "intake", "/v1/principals/leaves", "DELETE")
    eventually(lambda: [401] * 4 == [status_of(world, "leaves", service) for service in SERVICES])

    assert time.monotonic() - began < 10


def test_no_secret_is_written_anywhere(world: World) -> None:
    """Neither in logs nor in the database; demo keys are their owner's alone."""
    secrets = [key.split("_", 2)[2] for name, key in world.keys.items() if name != "deployment"]
    folder = world.stack.data.path
    logs = "".join(file.read_text("utf-8", "replace") for file in (folder / "logs").glob("*.log"))
    shown = world.ask("deployment", "intake", "/v1/principals").text
    log = world.ask("deployment", "intake", "/v1/audit").text

    assert not [secret for secret in secrets if secret in logs + shown + log]
    files = list((folder / "keys").iterdir())
    assert files
    assert {0o600} == {file.stat().st_mode & 0o777 for file in files}


def _kept(world: World) -> list[dict[str, Any]]:
    found = world.ask("finance-a", "intake", "/v1/quarantine").json()["items"]
    return [one for one in found if one["publisher"] == "finance-a"]


def _recorded(world: World) -> list[int]:
    """Count what was refused of finance-a: in quarantine, in the metric, in the log."""
    name = 'dualwatch_intake_verdicts_total{verdict="unauthorised"}'
    lines = world.ask(None, "intake", "/metrics").text.splitlines()
    metric = sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))
    log = world.ask("deployment", "intake", "/v1/audit", params={"principal": "finance-a"}).json()[
        "items"
    ]
    refused = [one["detail"]["events"] for one in log if one["action"] == "publish_refused"]
    return [len(_kept(world)), int(metric), sum(refused)]


def _entries(world: World) -> int:
    path = f"/v1/ledger/{quote(THEIRS, safe='')}"
    return len(world.ask("deployment", "intake", path).json()["items"])


async def _put(world: World, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=world.stack.endpoints().kafka, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value=value)
    finally:
        await producer.stop()


def test_a_disposition_is_measured_once_the_ledger_has_it(world: World) -> None:
    """It went from alerts through intake's ledger to analysis (Art. 14(2))."""

    def measured() -> bool:
        path = f"/v1/projects/{quote(THEIRS, safe='')}"
        answer = world.ask("deployment", "analysis", path, params={"fiscal_year": 2026})
        return bool(answer.json()["assessment"]["extended"]["disbursement_stopped"])

    eventually(measured)
    where = f"/v1/ledger/{quote(THEIRS, safe='')}"
    entries = world.ask("deployment", "intake", where, params={"limit": 100}).json()["items"]
    decided = [one["event"] for one in entries if "disposition.decided" in one["type"]]

    assert [world.theirs["disposition"]] == [event["data"]["disposition"] for event in decided]
