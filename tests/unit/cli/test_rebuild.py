"""`dualwatch analysis rebuild`: what a builder tells, as a person and a script are told."""

import json
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import rebuild as command
from services.cli.app import app

PARTITION = {
    "partition": 0,
    "position": 12,
    "documents": 5,
    "moving": 0,
    "live_hash": "a1",
    "built_hash": "a1",
    "equal": True,
}
FOLDING = {"stage": "folding", "generation": 2, "entries": 50, "total": 100, "seconds": 0.5}
DONE = {
    "stage": "done",
    "generation": 2,
    "entries": 100,
    "seconds": 2.0,
    "equal": True,
    "swapped": True,
    "swap_seconds": 0.1,
    "dropped": False,
    "partitions": [PARTITION],
}


def run(monkeypatch: pytest.MonkeyPatch, *said: dict[str, Any], log: str = "") -> Any:
    """Run the command over a builder that says this and ends."""
    lines = "".join(json.dumps(one) + "\n" for one in said)
    program = f"import sys; sys.stderr.write({log!r}); sys.stdout.write({lines!r})"
    monkeypatch.setattr(command, "ARGV", (sys.executable, "-c", program))
    # Where sockets are not allowed nobody looks for a free port either.
    monkeypatch.setattr(command, "_free_port", lambda: 1)
    monkeypatch.setenv(command.KAFKA, "127.0.0.1:1")
    monkeypatch.setenv(command.MONGO, "mongodb://127.0.0.1:1")
    return CliRunner().invoke(app, ["analysis", "rebuild", "--json"])


def test_a_script_gets_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rate, and the hash of each partition."""
    result = run(monkeypatch, FOLDING, DONE)

    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["entries_per_second"] == 50
    assert found["partitions"] == [PARTITION]


def test_what_is_not_equal_is_a_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was swapped then."""
    different = {**PARTITION, "built_hash": "b2", "equal": False}
    result = run(monkeypatch, {**DONE, "equal": False, "swapped": False, "partitions": [different]})

    assert result.exit_code == 1
    assert json.loads(result.stdout)["swapped"] is False


def test_a_builder_that_dies_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the end of its log; what it has done is kept."""
    result = run(monkeypatch, FOLDING, log="the disk is full\n")

    assert result.exit_code != 0
    assert "the disk is full" in result.stderr
