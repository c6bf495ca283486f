"""Settings from the environment; every error told at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from pydantic import BaseModel, Field, ValidationError

from services.chassis.settings import EXIT_CONFIG, Port, ServiceSettings, load
from services.chassis.settings_secrets import SECRET_LENGTH_MAX
from services.cli.settings_list import settings_classes


class Peer(BaseModel):
    """Another service."""

    url: str


class OwnSettings(ServiceSettings):
    """A service's settings."""

    SERVICE: ClassVar[str] = "own"

    port: Port = 8123
    """Port to listen on."""
    pages: Annotated[int, Field(ge=1)] = 5
    """Something of its own."""
    analysis: Peer = Peer(url="http://127.0.0.1:8102")
    """Whom it asks."""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALWATCH_KEY", "a key of sufficient length")


def test_shared_and_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """DUALWATCH_… for all, DUALWATCH_<SERVICE>__… for one; own first."""
    monkeypatch.setenv("DUALWATCH_KAFKA__BOOTSTRAP_SERVERS", "a:1,b:2")
    monkeypatch.setenv("DUALWATCH_MONGO__URL", "mongodb://c")
    monkeypatch.setenv("DUALWATCH_LOG__LEVEL", "debug")
    monkeypatch.setenv("DUALWATCH_ANALYSIS__URL", "http://analysis")
    monkeypatch.setenv("DUALWATCH_ANALYSIS__PORT", "1")
    monkeypatch.setenv("DUALWATCH_OWN__PORT", "9000")
    monkeypatch.setenv("DUALWATCH_OWN__PAGES", "7")

    found = load(OwnSettings)

    assert (found.kafka.bootstrap_servers, found.mongo.url) == ("a:1,b:2", "mongodb://c")
    assert found.kafka.servers == ["a:1", "b:2"]
    assert (found.log.level, found.port, found.pages) == ("debug", 9000, 7)
    assert found.analysis.url == "http://analysis"


def test_defaults_suit_the_embedded_stack() -> None:
    """Only the key must be given."""
    found = load(OwnSettings)

    assert (found.host, found.port, found.log.format) == ("127.0.0.1", 8123, "console")


def test_settings_do_not_change() -> None:
    """Whoever holds them may rely on them."""
    with pytest.raises(ValueError, match="frozen"):
        load(OwnSettings).port = 1  # type: ignore[misc]


def test_all_errors_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the names of the variables, without their values; exit code 78."""
    monkeypatch.setenv("DUALWATCH_KEY", "secret")
    monkeypatch.setenv("DUALWATCH_LOG__FORMAT", "xml")
    monkeypatch.setenv("DUALWATCH_OWN__PORT", "70000")
    monkeypatch.setenv("DUALWATCH_OWN__PAGES", "none")

    with pytest.raises(SystemExit) as exit_code:
        load(OwnSettings)
    told = capsys.readouterr().err

    assert exit_code.value.code == EXIT_CONFIG
    for name in ("KEY", "LOG__FORMAT", "OWN__PORT", "OWN__PAGES"):
        assert f"DUALWATCH_{name}:" in told
    assert "secret" not in told


def test_a_group_that_is_no_json_is_a_wrong_value_like_any_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told by its name, beside the others, without what was said."""
    monkeypatch.setenv("DUALWATCH_MONGO", '{"url": "mongodb://me:hunter2@there/"')
    monkeypatch.setenv("DUALWATCH_OWN__PORT", "70000")

    with pytest.raises(SystemExit) as exit_code:
        load(OwnSettings)
    told = capsys.readouterr().err

    assert exit_code.value.code == EXIT_CONFIG
    assert "DUALWATCH_MONGO:" in told
    assert "DUALWATCH_OWN__PORT:" in told
    assert "hunter2" not in told


def test_each_secret_has_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What holds a secret may come from a file; both at once, or no such file, is told."""
    file = tmp_path / "secret"
    file.write_text("a secret of sufficient length\n")
    monkeypatch.delenv("DUALWATCH_KEY")
    monkeypatch.setenv("DUALWATCH_KEY_FILE", str(file))
    monkeypatch.setenv("DUALWATCH_MONGO__URL_FILE", str(file))
    found = load(OwnSettings)
    monkeypatch.setenv("DUALWATCH_KEY", "a key of sufficient length")
    with pytest.raises(ValidationError, match="KEY or KEY_FILE, not both") as told:
        OwnSettings()
    monkeypatch.delenv("DUALWATCH_KEY")
    monkeypatch.setenv("DUALWATCH_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ValidationError, match=r"KEY_FILE .* cannot be read"):
        OwnSettings()

    assert "a secret of sufficient length" == found.key == found.mongo.url
    assert ["a secret of sufficient length"] == found.secrets()
    assert "sufficient" not in str(told.value)


def test_a_secret_is_never_cut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A part of it would open nothing, and nobody would know why: it is told at the start."""
    file = tmp_path / "secret"
    file.write_text("k" * SECRET_LENGTH_MAX)
    monkeypatch.delenv("DUALWATCH_KEY")
    monkeypatch.setenv("DUALWATCH_KEY_FILE", str(file))
    longest = OwnSettings().key
    file.write_text("k" * (SECRET_LENGTH_MAX + 1))
    with pytest.raises(ValidationError, match=r"KEY_FILE .* is longer than"):
        OwnSettings()
    monkeypatch.setenv("DUALWATCH_KEY_FILE", "")
    monkeypatch.setenv("DUALWATCH_KEY", longest)
    monkeypatch.setenv("DUALWATCH_OIDC__CLIENT_SECRET_FILE", str(file))
    with pytest.raises(ValidationError, match=r"CLIENT_SECRET_FILE .* is longer than"):
        OwnSettings()


def test_logs_hide_every_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours at the provider and at the mail server too, which have no look of their own."""
    monkeypatch.setenv("DUALWATCH_OIDC__CLIENT_SECRET", "what the provider knows")
    monkeypatch.setenv("DUALWATCH_ALERTS__SMTP__HOST", "127.0.0.1")
    monkeypatch.setenv("DUALWATCH_ALERTS__SMTP__SENDER", "alerts@finance.example.cn")
    monkeypatch.setenv("DUALWATCH_ALERTS__SMTP__PASSWORD", "what the mail server knows")
    found = settings_classes()["alerts"]()

    assert ["what the provider knows", "what the mail server knows"] == found.secrets()[1:]


def secret_fields(model: type[BaseModel]) -> Iterator[tuple[type[BaseModel], str]]:
    """Yield every setting that holds a secret, with the class that has it."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from secret_fields(inner)
        elif "SecretStr" in repr(inner) or not field.repr:
            yield model, name


def test_no_secret_is_without_a_file() -> None:
    """Over all settings classes: NAME has NAME_FILE beside it."""
    found = {place for settings in settings_classes().values() for place in secret_fields(settings)}
    lacking = [f"{c.__name__}.{name}" for c, name in found if f"{name}_file" not in c.model_fields]

    assert {"key", "people_key", "url", "password", "client_secret"} == {name for _, name in found}
    assert [] == lacking
