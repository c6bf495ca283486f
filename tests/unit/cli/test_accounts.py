"""`dualwatch accounts`: passwords are typed or drawn, never given on the command line."""

import io
import json

import pytest

from tests.unit.cli.fake_services import FakeServices, problem, run

SHOWN = {
    "id": "li-hua",
    "name": "李华",
    "roles": ["auditor"],
    "revoked": None,
    "password": {"set_on": "2026-11-30T00:00:00Z", "set_by": "deployment", "credential": "c1"},
    "keys": [{"key_id": "c1", "use": "password", "expires": None, "revoked": None}],
}
PATH = "/v1/principals/li-hua/password"


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


def test_a_drawn_password_is_all_that_is_printed(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a script can put it where it belongs."""
    services.on("intake", "PUT", PATH, {"principal": SHOWN, "spread": True})

    outcome = run(services, capsys, "accounts", "set", "li-hua", "--draw")

    sent = json.loads(services.requests[-1].content)["password"]
    assert f"{sent}\n" == outcome.out
    assert sent not in outcome.err


def test_a_password_is_read_from_standard_input(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line, as it is, and it is not printed again."""
    services.on("intake", "PUT", PATH, {"principal": SHOWN, "spread": False})
    monkeypatch.setattr("sys.stdin", io.StringIO(" 一句很长的话 作为密码\nmore\n"))

    outcome = run(services, capsys, "accounts", "set", "li-hua", "--stdin")

    assert {"password": " 一句很长的话 作为密码"} == json.loads(services.requests[-1].content)
    assert "作为密码" not in outcome.out + outcome.err
    assert "Kafka does not answer" in outcome.err


def test_only_those_with_a_password_are_listed(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the state of what their sessions rest on."""
    taken = {**SHOWN, "id": "wang-wei", "keys": [{"key_id": "c1", "revoked": "2026-11-30"}]}
    items = [SHOWN, taken, {**SHOWN, "id": "nobody", "password": None}]
    services.on("intake", "GET", "/v1/principals", {"items": items, "next": None})

    outcome = run(services, capsys, "accounts", "list")

    assert "in use" in outcome.out
    assert "taken back" in outcome.out
    assert "nobody" not in outcome.out


def test_removing_says_what_the_service_says(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """In its own words."""
    services.on("intake", "DELETE", PATH, problem(404, "no_password"))

    outcome = run(services, capsys, "accounts", "remove", "li-hua")

    assert "no password" in outcome.err
