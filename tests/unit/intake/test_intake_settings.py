"""Settings of intake that only fit together, told before anything starts."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.chassis.settings import EXIT_CONFIG, load
from services.intake.app import create_app
from services.intake.handlers.door import PATTERN
from services.intake.settings import IntakeSettings


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALWATCH_KEY", "a key of sufficient length")


def pem(key: object) -> bytes:
    """Write a private key."""
    assert isinstance(key, Ed25519PrivateKey) or hasattr(key, "private_bytes")
    found: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return found


def test_checkpoints_are_made_where_there_is_a_key_and_a_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without either, none are made."""
    assert load(IntakeSettings).checkpoint_key is None

    file = tmp_path / "key.pem"
    file.write_bytes(pem(Ed25519PrivateKey.generate()))
    monkeypatch.setenv("DUALWATCH_INTAKE__CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("DUALWATCH_INTAKE__CHECKPOINT_KEY_FILE", str(file))

    assert isinstance(load(IntakeSettings).checkpoint_key, Ed25519PrivateKey)


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read"), (b"no key", "PEM"), (b"", "PEM"), ("ec", "none of Ed25519")],
)
def test_a_file_that_holds_no_key_of_ours_ends_the_start(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    content: bytes | str | None,
    told: str,
) -> None:
    """By the variable's name."""
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_bytes(
            content if isinstance(content, bytes) else pem(generate_private_key(SECP256R1()))
        )
    monkeypatch.setenv("DUALWATCH_INTAKE__CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("DUALWATCH_INTAKE__CHECKPOINT_KEY_FILE", str(file))
    with pytest.raises(SystemExit) as ended:
        load(IntakeSettings)
    said = capsys.readouterr().err

    assert ended.value.code == EXIT_CONFIG
    assert "DUALWATCH_INTAKE__CHECKPOINT_KEY_FILE: " in said
    assert told in said


def test_one_without_the_other_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A directory without a key would stay empty unnoticed."""
    monkeypatch.setenv("DUALWATCH_INTAKE__CHECKPOINTS", str(tmp_path))
    with pytest.raises(SystemExit):
        load(IntakeSettings)

    assert "CHECKPOINTS and CHECKPOINT_KEY_FILE belong together" in capsys.readouterr().err


def test_the_bound_on_reading_holds_for_every_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the submissions, and again for what publishers put on topics."""
    monkeypatch.setenv("DUALWATCH_INTAKE__READ_AHEAD_BYTES", "9000000")
    subscriptions = create_app(load(IntakeSettings)).broker.subscriptions
    bounds = {found.topic: found.room.bytes_max for found in subscriptions}

    assert (9_000_000, 9_000_000) == (bounds["submissions"], bounds[PATTERN])
