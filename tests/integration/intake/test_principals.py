"""Keys given out and taken back on the real parts; what is out of scope is not there."""

import functools
import json
from typing import Any

import httpx
import pytest

from services.chassis.identity_topic import follow
from tests.integration.intake.running import KEY, Intake, new_code
from tests.support.eventually import eventually_async
from tests.support.hostile import event, organisation, registered

pytestmark = pytest.mark.integration


async def created(intake: Intake, name: str, **wanted: Any) -> dict[str, Any]:
    """Register a principal as the deployment does."""
    body = {"id": name, "name": name, "jurisdictions": None, **wanted}
    answer = await intake.client.post("/v1/principals", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


async def asked(
    intake: Intake, key: str, path: str, method: str = "GET", **more: Any
) -> httpx.Response:
    """Ask as the holder of a key."""
    headers = {"authorization": f"Bearer {key}", **more.pop("headers", {})}
    return await intake.client.request(method, path, headers=headers, **more)


async def test_a_key_is_given_out_used_followed_and_taken_back(intake: Intake) -> None:
    """Each step is in the log, with who did it; the secret is nowhere but in the answer."""
    given = await created(intake, "j76-auditor", roles=["auditor"])
    first = given["key"]
    me = (await asked(intake, first, "/v1/me")).json()
    assert (me["id"], me["roles"], me["jurisdictions"]) == ("j76-auditor", ["auditor"], None)

    path = "/v1/principals/j76-auditor"
    rotated = await intake.client.post(f"{path}/keys", json={"overlap_seconds": 3_600})
    second = rotated.json()["key"]
    assert [200, 200] == [
        (await asked(intake, key, "/v1/me")).status_code for key in (first, second)
    ]

    await intake.client.delete(f"{path}/keys/{given['key_id']}")
    assert [401, 200] == [
        (await asked(intake, key, "/v1/me")).status_code for key in (first, second)
    ]

    await intake.client.delete(path)
    assert 401 == (await asked(intake, second, "/v1/me")).status_code
    assert 409 == (await intake.client.post(f"{path}/keys", json={})).status_code
    again = {"id": "j76-auditor", "name": "x", "roles": ["auditor"], "jurisdictions": None}
    assert 409 == (await intake.client.post("/v1/principals", json=again)).status_code

    log = (await intake.get("/v1/audit", principal="j76-auditor"))["items"]
    assert ["created", "rotated", "key_revoked", "revoked"] == [one["action"] for one in log]
    await _is_read_backwards(intake, log)
    assert {"deployment"} == {one["actor"] for one in log}
    shown = await intake.get(path)
    topic = str(await intake.topic("principals"))
    for secret in (first, second):
        # dw, the id of the key, what nobody else knows: that may hold any sign, "_" too.
        bits = secret.split("_", 2)[2]
        assert bits not in json.dumps([log, shown]) + topic


async def _is_read_backwards(intake: Intake, log: list[dict[str, Any]]) -> None:
    """Page by page, from the latest to the first day that is asked for."""
    asked = {"principal": "j76-auditor", "order": "desc", "since": log[0]["at"][:10], "limit": 3}
    first = await intake.get("/v1/audit", **asked)
    second = await intake.get("/v1/audit", **asked, after=first["next"])
    assert log[::-1] == [*first["items"], *second["items"]]
    assert [] == (await intake.get("/v1/audit", **asked | {"since": "2999-01-01"}))["items"]


async def test_roles_and_bounds_are_given_anew_and_logged(intake: Intake) -> None:
    """The same key opens what they allow now; a publisher stays one; nothing new is no change."""
    code = new_code()
    given = await created(intake, "j76-mover", roles=["auditor"])
    path = "/v1/principals/j76-mover/bounds"
    wanted = {"name": "mover", "roles": ["unit_filler"], "jurisdictions": [code]}
    changed = await intake.client.put(path, json=wanted)
    again = await intake.client.put(path, json=wanted)
    me = (await asked(intake, given["key"], "/v1/me")).json()
    other = await intake.client.put(path, json={**wanted, "roles": ["publisher"]})
    log = (await intake.get("/v1/audit", principal="j76-mover"))["items"]

    assert [200, 200, 409] == [each.status_code for each in (changed, again, other)]
    assert "other_kind" == other.json()["code"]
    assert (["unit_filler"], [code]) == (me["roles"], me["jurisdictions"])
    assert ["created", "bound_anew"] == [one["action"] for one in log]
    assert ["unit_filler"] == log[-1]["detail"]["roles"]


async def test_a_key_tells_when_it_was_used_last(intake: Intake) -> None:
    """Written seldom, and behind the answer."""
    given = await created(intake, "j76-seldom", roles=["auditor"])
    await asked(intake, given["key"], "/v1/position")

    async def noted() -> bool:
        (key,) = (await intake.get("/v1/principals/j76-seldom"))["keys"]
        return key["last_used"] is not None

    await eventually_async(noted)


async def test_another_process_hears_of_a_principal_from_the_topic(intake: Intake) -> None:
    """And of its end."""
    given = await created(intake, "j76-elsewhere", roles=["auditor"])
    settings = intake.service.settings
    elsewhere = type(intake.service)(settings, "elsewhere", "1", database="j76_elsewhere")
    follow(elsewhere)
    token = given["key"].encode()
    async with elsewhere.app.router.lifespan_context(elsewhere.app):
        await eventually_async(lambda: elsewhere.directory.of_key(token) is not None)
        await intake.client.delete("/v1/principals/j76-elsewhere")
        await eventually_async(lambda: elsewhere.directory.of_key(token) is None)


async def test_a_subtree_follows_the_tree(intake: Intake) -> None:
    """A department gets a unit, and its reviewer gets the unit's project."""
    code = new_code()
    given = await created(
        intake,
        "j76-reviewer",
        roles=["department_reviewer"],
        jurisdictions=[code],
        organisations=["D1"],
    )
    project = event(
        f"{code}-1",
        f"{code}/P1",
        type="dualwatch.project.registered.v1",
        data={"date": "2026-01-05", "name": "p", "lead_unit": "U1", "department": "D1"},
    )
    await intake.send(registered(code), project)
    segment = f"/v1/ledger/{code}%2FP1"
    assert 404 == (await asked(intake, given["key"], segment)).status_code

    tree = organisation(code)
    tree["data"] |= {"organisation": "U1", "kind": "unit", "parent": "D1"}
    await intake.send(tree)

    async def seen() -> bool:
        return (await asked(intake, given["key"], segment)).status_code == 200

    await eventually_async(seen)
    log = (await intake.get("/v1/audit", principal="j76-reviewer"))["items"]
    assert ["created", "resolved"] == [one["action"] for one in log]


async def test_nobody_gives_what_they_do_not_have(intake: Intake) -> None:
    """An operator of one city neither makes nor sees principals of another."""
    operator = await created(intake, "j76-op", roles=["operator"], jurisdictions=["J76A"])
    other = await created(intake, "j76-other", roles=["auditor"], jurisdictions=["J76B"])
    ask = functools.partial(asked, intake, operator["key"])
    wanted = {"id": "j76-new", "name": "x", "roles": ["auditor"]}

    beyond = [
        await ask("/v1/principals", "POST", json={**wanted, "jurisdictions": bound})
        for bound in (None, ["J76B"], ["J76A", "J76B"])
    ]
    within = await ask("/v1/principals", "POST", json={**wanted, "jurisdictions": ["J76A"]})
    listed = [one["id"] for one in (await ask("/v1/principals")).json()["items"]]
    missing = await ask("/v1/principals/nobody-at-all")
    hidden = await ask("/v1/principals/j76-other")

    assert [403] * 3 == [answer.status_code for answer in beyond]
    assert 201 == within.status_code
    assert ["j76-new", "j76-op"] == listed
    assert 404 == hidden.status_code
    assert missing.text.replace("nobody-at-all", "j76-other") == hidden.text
    for path, method in (("", "DELETE"), (f"/keys/{other['key_id']}", "DELETE")):
        assert 404 == (await ask(f"/v1/principals/j76-other{path}", method)).status_code


async def test_a_departments_administrator_keeps_to_its_subtree(intake: Intake) -> None:
    """It sees and gives publishers of its departments and units, and no others (domain-rules 9)."""
    code = new_code()
    tree = [organisation(code, name) for name in ("D1", "D2", "U1")]
    tree[2]["data"]["parent"] = "D1"
    await intake.send(registered(code), *tree)
    bound = {"jurisdictions": [code], "organisations": ["D1"]}
    admin = await created(intake, "j77-admin", roles=["operator"], **bound)
    other = {"roles": ["publisher"], "jurisdictions": [code], "organisations": ["D2"]}
    await created(intake, "j77-other", **other)
    ask = functools.partial(asked, intake, admin["key"])
    wanted = {"name": "x", "roles": ["publisher"], "jurisdictions": [code]}

    async def given(name: str, *organisations: str) -> int:
        body = {**wanted, "id": name, "organisations": organisations}
        return (await ask("/v1/principals", "POST", json=body)).status_code

    answers = [
        await given("j77-unit", "U1"),
        await given("j77-whole"),
        await given("j77-beyond", "D2"),
        await given("j77-both", "U1", "D2"),
    ]
    listed = [one["id"] for one in (await ask("/v1/principals")).json()["items"]]
    log = (await ask("/v1/audit")).json()["items"]

    assert answers == [201, 403, 403, 403]
    assert listed == ["j77-admin", "j77-unit"]
    assert {one["principal"] for one in log} == {"j77-admin", "j77-unit"}
    assert (await ask("/v1/principals/j77-other")).status_code == 404
    assert (await ask("/v1/principals/j77-other/keys", "POST", json={})).status_code == 404
    assert (await ask("/v1/rebuilds/topic", "POST")).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "Upper"},
        {"id": "под-видом"},
        {"id": "a_b"},
        {"id": "a\n"},
        {"id": "deployment"},
        {"id": "demo"},
        {"id": "dualwatch"},
        {"roles": []},
        {"roles": ["root"]},
        {"roles": ["publisher", "auditor"]},
        {"organisations": ["U1"]},
        {"jurisdictions": []},
        {"expires": "2020-01-01T00:00:00Z"},
        {"keys": []},
    ],
    ids=json.dumps,
)
async def test_what_makes_no_sense_is_refused(intake: Intake, wrong: dict[str, Any]) -> None:
    """Names that look alike, parts of the deployment, bounds without a tree."""
    wanted = {"id": "j76-wrong", "name": "x", "roles": ["auditor"], "jurisdictions": None}
    answer = await intake.client.post("/v1/principals", json={**wanted, **wrong})

    assert answer.status_code in {409, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert KEY not in answer.text


async def test_bounds_have_to_be_said(intake: Intake) -> None:
    """Nobody gets to see everything by leaving something out."""
    wanted = {"id": "j76-wide", "name": "x", "roles": ["auditor"]}

    assert 422 == (await intake.client.post("/v1/principals", json=wanted)).status_code


async def test_receipts_and_quarantine_are_their_publishers_own(intake: Intake) -> None:
    """Another publisher's are not there; what was refused is counted and in the log."""
    code = new_code()
    await intake.send(registered(code))
    one = await created(intake, "j76-one", roles=["publisher"], jurisdictions=[code])
    two = await created(intake, "j76-two", roles=["publisher"], jurisdictions=["elsewhere"])

    async def publish(key: str) -> httpx.Response:
        return await asked(
            intake,
            key,
            "/v1/events",
            "POST",
            json=event(f"{code}-x", f"{code}/P1"),
            headers={"content-type": "application/cloudevents+json", "prefer": "wait=20"},
        )

    accepted, refused = await publish(one["key"]), await publish(two["key"])

    assert ["accepted", 403] == [accepted.json()["verdict"], refused.status_code]
    assert ("unauthorised", "/subject") == (refused.json()["code"], refused.json()["pointer"])
    receipt = f"/v1/receipts/{accepted.json()['receipt']}"
    kept = f"/v1/quarantine/{refused.json()['quarantine']}"
    assert [200, 404] == [
        (await asked(intake, given["key"], receipt)).status_code for given in (one, two)
    ]
    assert [404, 200] == [
        (await asked(intake, given["key"], kept)).status_code for given in (one, two)
    ]
    lists = [(await asked(intake, given["key"], "/v1/quarantine")).json() for given in (one, two)]
    assert [0, 1] == [len(found["items"]) for found in lists]
    log = (await intake.get("/v1/audit", principal="j76-two"))["items"]
    assert "publish_refused" == log[-1]["action"]
    assert [refused.json()["quarantine"]] == log[-1]["detail"]["quarantine"]
    for path in ("/v1/ledger/x", "/v1/days", "/v1/principals", "/v1/audit"):
        method = "POST" if path == "/v1/days" else "GET"
        assert 403 == (await asked(intake, one["key"], path, method, json={})).status_code
