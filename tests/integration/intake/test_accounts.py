"""Passwords on the real parts: set, tried, changed, removed; nothing tells who has one."""

from typing import Any

import httpx
import pytest

from services.intake.api.account_desk import TRIES_MAX
from services.intake.domain.accounts import PASSWORD_LENGTH_MIN
from tests.integration.intake.running import Intake

pytestmark = pytest.mark.integration

FIRST = "three-green-lanterns"
SECOND = "四盏绿灯笼挂在门前的树上"


async def created(intake: Intake, name: str, **wanted: Any) -> str:
    """Register somebody; gives a key of his."""
    body = {"id": name, "name": name, "roles": ["auditor"], "jurisdictions": None, **wanted}
    answer = await intake.client.post("/v1/principals", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


async def with_password(intake: Intake, name: str, password: str = FIRST, **wanted: Any) -> str:
    """Register somebody with a password; gives the credential."""
    await created(intake, name, **wanted)
    answer = await put(intake, name, password)
    assert answer.status_code == 200, answer.text
    return answer.json()["principal"]["password"]["credential"]


async def put(intake: Intake, name: str, password: str) -> httpx.Response:
    """Set a password as the deployment."""
    return await intake.client.put(f"/v1/principals/{name}/password", json={"password": password})


async def sign_in(
    intake: Intake, name: str, password: str = FIRST, address: str = "192.0.2.1", **more: Any
) -> httpx.Response:
    """Ask as the console does."""
    body = {"kind": "password", "name": name, "password": password, "address": address}
    return await intake.client.post("/v1/sign-ins", json=body, **more)


@pytest.mark.moves("dualwatch_sign_ins_total")
async def test_a_password_lets_its_owner_sign_in(intake: Intake) -> None:
    """The answer names the credential, which is a key that nobody holds; no secret is shown."""
    credential = await with_password(intake, "j76-han")
    answer = await sign_in(intake, "J76-Han ")
    shown = await intake.get("/v1/principals/j76-han")
    log = (await intake.get("/v1/audit", principal="j76-han"))["items"]

    assert 200 == answer.status_code
    assert {"id": "j76-han", "name": "j76-han", "credential": credential} == answer.json()
    assert "no-store" == answer.headers["cache-control"]
    assert ["key", "password"] == [key["use"] for key in shown["keys"]]
    assert credential == shown["password"]["credential"]
    assert ["created", "password_set", "signed_in"] == [one["action"] for one in log]
    assert "argon2" not in str(shown) + str(log)


async def test_nothing_tells_who_has_an_account(intake: Intake) -> None:
    """Unknown, without a password, wrong, revoked, taken back: the same bytes."""
    credential = await with_password(intake, "j76-lost")
    await with_password(intake, "j76-gone")
    await with_password(intake, "j76-right")
    await created(intake, "j76-none")
    await intake.client.delete("/v1/principals/j76-gone")
    await intake.client.delete(f"/v1/principals/j76-lost/keys/{credential}")
    names = ("j76-nobody", "j76-none", "j76-gone", "j76-lost", "deployment", "", "李华")
    answers = [await sign_in(intake, name) for name in names]
    answers.append(await sign_in(intake, "j76-right", "not this one"))

    assert {401} == {answer.status_code for answer in answers}
    assert 1 == len({answer.content for answer in answers})


async def test_after_too_many_tries_nobody_is_let_in_for_a_while(intake: Intake) -> None:
    """From that address; whoever sits elsewhere is; an unknown name is stopped alike."""
    await with_password(intake, "j76-tried")
    wrong = [
        [await sign_in(intake, name, "wrong", "192.0.2.7") for _ in range(TRIES_MAX)]
        for name in ("j76-tried", "j76-untold")
    ]
    right = await sign_in(intake, "j76-tried", address="192.0.2.7")
    unknown = await sign_in(intake, "j76-untold", address="192.0.2.7")
    elsewhere = await sign_in(intake, "j76-tried", address="192.0.2.8")
    log = (await intake.get("/v1/audit", principal="j76-tried"))["items"]

    assert {401} == {answer.status_code for answers in wrong for answer in answers}
    assert (429, 429, 200) == (right.status_code, unknown.status_code, elsewhere.status_code)
    assert 0 < int(right.headers["retry-after"]) <= 900
    assert right.json()["code"] == unknown.json()["code"] == "too_many_tries"
    assert ["sign_in_limited", "signed_in"] == [one["action"] for one in log][-2:]


async def test_right_passwords_are_not_counted(intake: Intake) -> None:
    """Whoever signs in often is not kept out."""
    await with_password(intake, "j76-often")
    answers = [await sign_in(intake, "j76-often") for _ in range(TRIES_MAX + 2)]

    assert {200} == {answer.status_code for answer in answers}


async def test_only_the_console_asks(intake: Intake) -> None:
    """Not even whoever gives out keys."""
    key = await created(intake, "j76-operator", roles=["operator"])
    await with_password(intake, "j76-asked")
    answer = await sign_in(intake, "j76-asked", headers={"authorization": f"Bearer {key}"})

    assert (403, "deployment_only") == (answer.status_code, answer.json()["code"])


async def test_a_password_is_changed_by_its_owner(intake: Intake) -> None:
    """Who knows it; the credential of the old one opens nothing any more, his keys do."""
    key = await created(intake, "j76-own")
    await put(intake, "j76-own", FIRST)
    before = (await sign_in(intake, "j76-own")).json()["credential"]
    mine = {"authorization": f"Bearer {key}"}

    async def change(current: str, password: str) -> httpx.Response:
        body = {"current": current, "password": password}
        return await intake.client.put("/v1/me/password", json=body, headers=mine)

    wrong = await change(SECOND, SECOND)
    weak = await change(FIRST, "x" * PASSWORD_LENGTH_MIN)
    changed = await change(FIRST, SECOND)
    me = (await intake.client.get("/v1/me", headers=mine)).json()
    shown = await intake.get("/v1/principals/j76-own")
    revoked = {key["key_id"]: key["revoked"] for key in shown["keys"]}

    assert ("wrong_password", "/current") == (wrong.json()["code"], wrong.json()["pointer"])
    assert ("password_too_simple", "/password") == (weak.json()["code"], weak.json()["pointer"])
    assert 200 == changed.status_code
    assert me["password"]["credential"] == changed.json()["password"]["credential"]
    assert revoked[before]
    assert revoked[me["password"]["credential"]] is None
    assert [401, 200] == [
        (await sign_in(intake, "j76-own", password)).status_code for password in (FIRST, SECOND)
    ]


async def test_a_password_is_removed(intake: Intake) -> None:
    """Whoever has none can change none; keys that are rotated leave a password alone."""
    credential = await with_password(intake, "j76-without")
    rotated = await intake.client.post(
        "/v1/principals/j76-without/keys", json={"overlap_seconds": 0}
    )
    after = await sign_in(intake, "j76-without")
    removed = await intake.client.delete("/v1/principals/j76-without/password")
    again = await intake.client.delete("/v1/principals/j76-without/password")
    mine = {"authorization": f"Bearer {rotated.json()['key']}"}
    body = {"current": FIRST, "password": SECOND}
    own = await intake.client.put("/v1/me/password", json=body, headers=mine)

    assert (200, credential) == (after.status_code, after.json()["credential"])
    assert removed.json()["principal"]["password"] is None
    assert [(404, "no_password")] * 2 == [
        (one.status_code, one.json()["code"]) for one in (again, own)
    ]
    assert 401 == (await sign_in(intake, "j76-without")).status_code


async def test_passwords_are_set_within_ones_bounds_alone(intake: Intake) -> None:
    """What an operator of one city may not manage is not there."""
    key = await created(intake, "j76-bound", roles=["operator"], jurisdictions=["J1"])
    await created(intake, "j76-beyond")
    mine = {"authorization": f"Bearer {key}"}
    body = {"password": FIRST}
    beyond, nobody = [
        await intake.client.put(f"/v1/principals/{name}/password", json=body, headers=mine)
        for name in ("j76-beyond", "j76-nobody-at-all")
    ]

    assert (404, 404) == (beyond.status_code, nobody.status_code)
    assert beyond.text == nobody.text.replace("j76-nobody-at-all", "j76-beyond")
