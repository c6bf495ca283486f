"""`dualwatch config show` and the page of settings: each is said, bounded and explained."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.chassis.settings import EXIT_CONFIG
from services.cli import main, settings_list
from services.cli.config import effective, unknown
from services.cli.masking import HIDDEN, masked_address
from services.cli.settings_list import (
    EXAMPLES,
    SERVICES,
    Variable,
    own_variables,
    shared_variables,
)
from tests.support.tables import settings_table

KEY = "a key of sufficient length"
PAGE = settings_table()


def all_variables() -> list[Variable]:
    """List every setting there is."""
    return [*shared_variables(), *(each for name in SERVICES for each in own_variables(name))]


def row(service: str, variable: str, environ: dict[str, str], **stack: str) -> dict[str, Any]:
    """Show one setting as `--json` does."""
    rows = effective(service, {"DUALWATCH_KEY": KEY, **environ}, stack)
    (found,) = [each for each in rows if each.variable == variable]
    return found.told()


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("DUALWATCH_KEY", KEY)


@pytest.mark.parametrize("variable", all_variables(), ids=lambda each: each.own_name)
def test_every_setting_says_what_it_is(variable: Variable) -> None:
    """Its docstring is a sentence; the page of settings is made of them."""
    assert variable.says[:1].isupper()
    assert variable.says.rstrip(")`").endswith((".", "…"))
    assert variable.name in PAGE


def test_every_example_is_of_a_setting() -> None:
    """What is renamed takes its example along."""
    assert set(EXAMPLES) <= {each.name for each in all_variables()}


def test_words_bounds_and_secrets_are_on_the_page() -> None:
    """One line says all that one must know to set it."""
    lines = {line.split("`")[1]: line for line in PAGE.splitlines() if "`DUALW" in line}

    assert "| whole number, ≥ 1, ≤ 65,535 | `8101` |" in lines["DUALWATCH_INTAKE__PORT"]
    assert "`json`, `console`" in lines["DUALWATCH_LOG__FORMAT"]
    assert "secret: text, at least 16 characters" in lines["DUALWATCH_INTAKE__PEOPLE_KEY"]
    assert "**required**" in lines["DUALWATCH_KEY"] or "secret" in lines["DUALWATCH_KEY"]


def test_a_services_own_value_wins_and_says_where_it_was_said() -> None:
    """Over what all are told, and over what the running stack tells."""
    shared = {"DUALWATCH_KAFKA__BOOTSTRAP_SERVERS": "all:1"}
    own = {"DUALWATCH_INTAKE__KAFKA__BOOTSTRAP_SERVERS": "mine:1"}
    stacked = row("alerts", "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS", {}, **shared)
    default = row("alerts", "DUALWATCH_ALERTS__PORT", {})

    assert (
        "mine:1"
        == row("intake", "DUALWATCH_INTAKE__KAFKA__BOOTSTRAP_SERVERS", own, **shared)["value"]
    )
    assert ("all:1", "stack") == (stacked["value"], stacked["from"])
    assert ("8103", "default") == (default["value"], default["from"])


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    """Not the key, not a password, not the one within an address, not one in a file."""
    secret = tmp_path / "password"
    secret.write_text("hunter2hunter2")
    environ = {
        "DUALWATCH_MONGO__URL": "mongodb://intake:hunter2@mongo/?replicaSet=rs0",
        "DUALWATCH_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "DUALWATCH_KAFKA__USER": "intake",
        "DUALWATCH_KAFKA__PASSWORD_FILE": str(secret),
        "DUALWATCH_INTAKE__PEOPLE_KEY": "hunter2hunter2hunter2",
    }
    rows = [each.told() for each in effective("intake", {"DUALWATCH_KEY": KEY, **environ}, {})]
    by_name = {each["variable"]: each for each in rows}

    assert "hunter2" not in json.dumps(rows)
    assert KEY not in json.dumps(rows)
    assert f"mongodb://{HIDDEN}@mongo/?replicaSet=rs0" == (by_name["DUALWATCH_MONGO__URL"]["value"])
    assert (HIDDEN, "file") == (
        by_name["DUALWATCH_KAFKA__PASSWORD"]["value"],
        by_name["DUALWATCH_KAFKA__PASSWORD"]["from"],
    )


def test_all_that_is_wrong_is_marked_and_ends_with_78(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A single one, and those that do not fit together; the others are shown all the same."""
    monkeypatch.setenv("DUALWATCH_ALERTS__PORT", "70000")
    monkeypatch.setenv("DUALWATCH_ALERTS__SMTP__HOST", "mail.example.org")
    with pytest.raises(SystemExit) as ended:
        main(["config", "show", "--service", "alerts", "--json"])
    rows = {each["variable"]: each for each in json.loads(capsys.readouterr().out)}

    assert EXIT_CONFIG == ended.value.code
    assert "65535" in rows["DUALWATCH_ALERTS__PORT"]["wrong"]
    assert "SENDER" in rows["DUALWATCH_ALERTS__SMTP__…"]["wrong"]
    assert rows["DUALWATCH_LOG__LEVEL"]["wrong"] is None


def test_groups_that_are_wrong_hide_no_other_error() -> None:
    """Whichever comes first: each is named, where it stands, and nothing else is touched."""
    environ = {
        "DUALWATCH_KEY": KEY,
        "DUALWATCH_KAFKA__PASSWORD": "hunter2hunter2",
        "DUALWATCH_TLS__CERTIFICATE_FILE": "none.pem",
        "DUALWATCH_OIDC__CLIENT_ID": "dualwatch",
        "DUALWATCH_LOG__FORMAT": "xml",
        "DUALWATCH_INTAKE__PORT": "abc",
    }
    wrong = {each.variable: each.wrong for each in effective("intake", environ, {}) if each.wrong}

    groups = {f"DUALWATCH_{name}__…" for name in ("KAFKA", "TLS", "OIDC")}
    assert groups | {"DUALWATCH_LOG__FORMAT", "DUALWATCH_INTAKE__PORT"} == set(wrong)
    assert "USER" in (wrong["DUALWATCH_KAFKA__…"] or "")


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("DUALWATCH_KAFKA", "{no JSON", "DUALWATCH_KAFKA__…"),
        ("DUALWATCH_KAFKA", "[1]", "DUALWATCH_KAFKA__…"),
        ("DUALWATCH_OIDC__ROLES", "{no JSON", "DUALWATCH_OIDC__ROLES"),
        ("DUALWATCH_OIDC__ROLES", '{"clerks": "emperor"}', "DUALWATCH_OIDC__ROLES"),
    ],
)
def test_what_cannot_be_read_as_json_is_named_with_all_else_that_is_wrong(
    variable: str, value: str, named: str
) -> None:
    """It is a wrong value as any other, not the end of the command."""
    environ = {"DUALWATCH_KEY": KEY, variable: value, "DUALWATCH_INTAKE__PORT": "abc"}
    wrong = {each.variable: each.wrong for each in effective("intake", environ, {}) if each.wrong}

    assert {named, "DUALWATCH_INTAKE__PORT"} == set(wrong)


def test_a_group_said_as_json_shows_nothing_of_it_where_the_service_would_not_start() -> None:
    """As it was written it holds the password beside what is no secret."""
    group = '{"password": "hunter2hunter2", "user": "intake", "security_protocol": "SASL_SSL"}'
    environ = {"DUALWATCH_KAFKA": group, "DUALWATCH_INTAKE__PORT": "abc"}
    broken = [each.told() for each in effective("intake", {"DUALWATCH_KEY": KEY, **environ}, {})]
    sound = row("intake", "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS", {})

    assert "hunter2" not in json.dumps(broken)
    shown = {each["value"] for each in broken if each["variable"] == "DUALWATCH_KAFKA"}
    assert {HIDDEN} == shown
    assert "127.0.0.1:19092" == sound["value"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("mongodb://intake:hunter2@mongo/?replicaSet=rs0", "mongodb://••••@mongo/?replicaSet=rs0"),
        ("mongodb://intake:hun/ter2@mongo/?replicaSet=rs0", "mongodb://••••@mongo/?replicaSet=rs0"),
        ("mongodb://intake:hun@ter2@mongo/", "mongodb://••••@mongo/"),
        ("mongodb://intake:hun?ter2://x@mongo", "mongodb://••••@mongo"),
        ("mongodb://m/?tlsCertificateKeyFilePassword=hunter2&w=1", None),
        ("mongodb://m/?w=1&authMechanismProperties=AWS_SESSION_TOKEN:hunter2", None),
        ("https://hunter2@collector/v1/traces", "https://••••@collector/v1/traces"),
        ("http://127.0.0.1:8101", "http://127.0.0.1:8101"),
        ("no address, but reader@example.org", "no address, but reader@example.org"),
    ],
)
def test_of_an_address_is_shown_where_it_leads_never_who_one_is_there(
    address: str, shown: str | None
) -> None:
    """Whatever stands in a password that nobody escaped; its options too."""
    assert "hunter2" not in masked_address(address)
    assert "ter2" not in masked_address(address)
    if shown is not None:
        assert shown == masked_address(address)


@pytest.mark.parametrize(
    "variable", ["DUALWATCH_TRACES__ENDPOINT", "DUALWATCH_INTAKE__URL", "DUALWATCH_MONGO__URL"]
)
@pytest.mark.parametrize("port", ["8100", "abc"])
def test_who_one_is_at_an_address_is_masked_in_every_setting(variable: str, port: str) -> None:
    """Not only in those that are secret by name; whether the service would start or not."""
    scheme = "mongodb" if "MONGO" in variable else "https"
    environ = {variable: f"{scheme}://me:hunter2@there/x", "DUALWATCH_CONSOLE__PORT": port}

    assert f"{scheme}://{HIDDEN}@there/x" == row("console", variable, environ)["value"]


def test_a_key_that_looks_like_an_address_is_hidden_whole() -> None:
    """It opens everything, whatever it looks like."""
    assert HIDDEN == row("intake", "DUALWATCH_KEY", {"DUALWATCH_KEY": f"key://{KEY}"})["value"]


def test_a_variable_that_nobody_reads_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt one would be passed over in silence; its value may be a secret."""
    monkeypatch.setenv("DUALWATCH_INTAKE__PEOPLE_KYE", "hunter2hunter2")
    with pytest.raises(SystemExit) as ended:
        main(["config", "show", "--service", "intake", "--set"])
    shown = capsys.readouterr().out

    assert ended.value.code in {0, None}
    assert "DUALWATCH_INTAKE__PEOPLE_KYE" in shown
    assert "hunter2" not in shown
    assert [] == unknown({"DUALWATCH_DATA_DIR": "x", "DUALWATCH_INTAKE__URL": "x", "PATH": "x"})


def test_settings_that_all_services_share_are_found_by_themselves() -> None:
    """Whatever is added to the class is on the page."""
    assert {"kafka", "mongo", "log", "key"} <= set(settings_list.SHARED)
