"""`dualwatch ledger compare` and `repartition`: two exports, and files that are none."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from services.chassis.publisher import Publisher, PublishError
from services.cli import ledger_repartition, main
from services.cli.environment import KAFKA, MONGO
from services.cli.errors import ExitCode

DAY = "dualwatch.day.opened.v1"
PAID = "dualwatch.expenditure.recorded.v1"


def _line(stream: str, sequence: int, **changes: Any) -> dict[str, Any]:
    known = {"partition": 0, "position": sequence, "stream": stream, "sequence": sequence}
    said = {"recorded_ms": 1_000, "type": PAID, "publisher": "me", "event": "{}", "hash": "00"}
    return {**known, **said, **changes}


def _write(file: Path, *lines: dict[str, Any]) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--json"])
    return int(ended.value.code or 0)


def test_positions_hashes_and_copies_do_not_matter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They hang on the number of partitions."""
    copy = _line("J\x1f3", 1, type=DAY)
    one = _write(tmp_path / "one", _line("J/P", 1), _line("J/P", 2), copy)
    moved = [_line("J/P", n, partition=5, position=70 + n, hash="ff") for n in (1, 2)]
    two = _write(tmp_path / "two", *moved)

    assert _run("ledger", "compare", str(one), str(two)) == 0
    assert json.loads(capsys.readouterr().out) == {"streams": 1, "different": 0}


@pytest.mark.parametrize(
    "change",
    [{"event": "{ }"}, {"recorded_ms": 2}, {"publisher": "you"}, {"type": DAY}, {"sequence": 3}],
    ids=lambda change: next(iter(change)),
)
def test_whatever_else_differs_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any]
) -> None:
    """By its stream."""
    one = _write(tmp_path / "one", _line("J/P", 1), _line("J/P", 2))
    two = _write(tmp_path / "two", _line("J/P", 1), {**_line("J/P", 2), **change})

    assert _run("ledger", "compare", str(one), str(two)) == ExitCode.FAILED_CHECK
    assert "J/P: " in capsys.readouterr().err


def test_a_stream_that_is_missing_is_named(tmp_path: Path) -> None:
    """On either side."""
    one = _write(tmp_path / "one", _line("J/P", 1))
    two = _write(tmp_path / "two", _line("J/P", 1), _line("J/Q", 1))

    assert _run("ledger", "compare", str(one), str(two)) == ExitCode.FAILED_CHECK
    assert _run("ledger", "compare", str(two), str(one)) == ExitCode.FAILED_CHECK


def test_what_is_no_export_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is written: no Kafka is asked."""
    monkeypatch.setenv(KAFKA, "127.0.0.1:1")
    monkeypatch.setenv(MONGO, "mongodb://127.0.0.1:1")
    other = tmp_path / "other"
    other.write_text('{"a": 1}\n', encoding="utf-8")
    half = _write(tmp_path / "half", _line("J/P", 1))

    assert _run("ledger", "compare", str(other), str(other)) == ExitCode.USAGE
    assert _run("ledger", "compare", str(tmp_path / "none"), str(other)) == ExitCode.USAGE
    words = ("ledger", "repartition", "--partitions", "4")
    assert _run(*words, str(other)) == ExitCode.USAGE
    assert _run(*words, str(half)) == ExitCode.FAILED_CHECK


@pytest.mark.parametrize(
    "refused", [TopicAuthorizationFailedError, ClusterAuthorizationFailedError]
)
@pytest.mark.parametrize("step", ["making", "writing"])
def test_a_user_who_may_not_write_the_ledger_is_told_who_may(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    refused: type[KafkaError],
    step: str,
) -> None:
    """To begin anew, as after a failure, would not help him."""

    async def empty(*_: object) -> None:
        if step == "making":
            raise refused

    async def publish(*_: object) -> None:
        message = "ledger-0"
        raise PublishError(message) from refused()

    monkeypatch.setenv(KAFKA, "127.0.0.1:9")
    monkeypatch.setenv(MONGO, "mongodb://127.0.0.1:9")
    monkeypatch.setattr(ledger_repartition, "_require_empty", empty)
    monkeypatch.setattr(Publisher, "publish", publish)
    export = _write(tmp_path / "export", _line("J", 1, type=DAY))

    words = ("ledger", "repartition", str(export), "--partitions", "4")
    assert _run(*words) == ExitCode.UNREACHABLE
    said = " ".join(capsys.readouterr().err.split())
    assert "as the one who sets Kafka up" in said
    assert "begin anew" not in said
