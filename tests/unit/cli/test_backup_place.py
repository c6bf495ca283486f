"""Where a backup is written, and that it is noted."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from services.cli.errors import CliError, ExitCode
from services.cli.store import backing_up
from services.cli.store.client import Client

MAKING = backing_up.Making(id="0" * 32, release="0.1.0", made="2026-11-30", key="key")


def test_a_place_that_cannot_be_written_is_told_in_plain_words(tmp_path: Path) -> None:
    """Before MongoDB is asked anything."""
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "today"

    with pytest.raises(CliError, match=r"today cannot be written: .*; nothing is there") as told:
        backing_up.make(cast("Client", None), place, MAKING, lambda *_: None)
    assert told.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, ""),
        (OperationFailure("no", 13), "this user may not write"),
        (OperationFailure("not primary", 10107), "not primary"),
        (AutoReconnect("gone"), "the connection broke off (AutoReconnect)"),
    ],
)
def test_a_backup_that_is_there_does_not_fail_for_want_of_its_note(
    error: PyMongoError | None, words: str
) -> None:
    """A primary that steps down in that second takes nothing away from it."""
    noted: list[dict[str, Any]] = []

    def replace_one(_query: object, document: dict[str, Any], *, upsert: bool) -> None:
        assert upsert
        if error:
            raise error
        noted.append(document)

    client: Any = {"dualwatch_intake": {"operations": SimpleNamespace(replace_one=replace_one)}}
    made: Any = SimpleNamespace(
        manifest=SimpleNamespace(id="1", restricted=False), snapshot_seconds=2.0
    )

    assert words == backing_up.note(client, made, dt.datetime(2026, 11, 30, tzinfo=dt.UTC))
    assert (not error) == bool(noted)
