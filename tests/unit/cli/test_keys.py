"""`dualwatch keys`: a key is printed once and alone, bounds have to be said."""

import json
from typing import Any

import pytest

from services.cli.errors import ExitCode
from tests.unit.cli.fake_services import FakeServices, problem, run

GIVEN = {
    "principal": {"id": "finance"},
    "key_id": "0123456789abcdef",
    "key": "dw_0123456789abcdef_secret",
    "spread": True,
}
SHOWN = {
    "id": "finance",
    "kind": "publisher",
    "name": "finance",
    "roles": ["publisher"],
    "jurisdictions": ["610100"],
    "organisations": [],
    "revoked": None,
    "keys": [{"key_id": "0123456789abcdef", "expires": None, "revoked": None, "last_used": None}],
}
CREATE = ("keys", "create", "finance", "--role", "publisher")


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


def body_of(services: FakeServices) -> dict[str, Any]:
    return json.loads(services.requests[-1].content)


def test_a_new_key_is_all_that_is_printed(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a script can put it where it belongs."""
    services.on("intake", "POST", "/v1/principals", GIVEN)

    outcome = run(services, capsys, *CREATE, "--jurisdiction", "610100", "--expires", "never")

    assert "dw_0123456789abcdef_secret\n" == outcome.out
    assert "secret" not in outcome.err
    assert {
        "id": "finance",
        "name": "finance",
        "roles": ["publisher"],
        "jurisdictions": ["610100"],
        "organisations": [],
        "expires": None,
    } == body_of(services)


@pytest.mark.parametrize(
    "bounds", [(), ("--jurisdiction", "610100", "--all-jurisdictions")], ids=["none", "both"]
)
def test_bounds_have_to_be_said(
    services: FakeServices, capsys: pytest.CaptureFixture[str], bounds: tuple[str, ...]
) -> None:
    """Nothing is asked of intake."""
    outcome = run(services, capsys, *CREATE, *bounds)

    assert (ExitCode.USAGE, []) == (outcome.exit_code, services.requests)


@pytest.mark.parametrize("text", ["tomorrow", "2026-02-30", "7", "7w", "-7d", ""])
def test_an_end_is_a_day_a_span_or_never(
    services: FakeServices, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Anything else is wrong usage."""
    outcome = run(services, capsys, *CREATE, "--all-jurisdictions", "--expires", text)

    assert ExitCode.USAGE == outcome.exit_code


def test_a_key_is_rotated_with_an_overlap(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """A week unless it is said otherwise."""
    services.on("intake", "POST", "/v1/principals/finance/keys", GIVEN)

    run(services, capsys, "keys", "rotate", "finance")
    week = body_of(services)
    run(services, capsys, "keys", "rotate", "finance", "--overlap", "0s", "--expires", "2099-01-01")

    assert {"overlap_seconds": 7 * 86_400} == week
    assert {"overlap_seconds": 0, "expires": "2099-01-01T00:00:00+00:00"} == body_of(services)


def test_a_principal_or_one_key_is_revoked(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it is said if the others have not heard of it yet."""
    path = "/v1/principals/finance"
    services.on("intake", "DELETE", path, {"principal": SHOWN, "spread": False})
    services.on("intake", "DELETE", f"{path}/keys/k1", {"principal": SHOWN, "spread": True})

    whole = run(services, capsys, "keys", "revoke", "finance")
    one = run(services, capsys, "keys", "revoke", "finance", "--key", "k1")

    assert "Kafka does not answer" in whole.err
    assert "Kafka" not in one.err
    assert ExitCode.OK == whole.exit_code == one.exit_code


def test_lists_are_tables_or_one_array(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Principals with their keys, and the log."""
    entry = {"id": "1", "actor": "deployment", "action": "created", "principal": "finance"}
    services.on("intake", "GET", "/v1/principals", {"items": [SHOWN], "next": None})
    services.on("intake", "GET", "/v1/audit", {"items": [entry], "next": None})

    assert [SHOWN] == run(services, capsys, "keys", "list", "--json").json
    assert "0123456789abcdef" in run(services, capsys, "keys", "list").out
    assert [entry] == run(services, capsys, "keys", "log", "finance", "--json").json
    assert "finance" == services.requests[-1].url.params["principal"]
    assert "created" in run(services, capsys, "keys", "log").out


def test_a_refusal_is_told(services: FakeServices, capsys: pytest.CaptureFixture[str]) -> None:
    """The problem's own words, and its exit code."""
    refusal = problem(409, "principal_exists", "taken")
    services.on("intake", "POST", "/v1/principals", refusal)

    outcome = run(services, capsys, *CREATE, "--all-jurisdictions")

    assert ExitCode.REFUSED == outcome.exit_code
    assert "taken" in outcome.err
