"""Where a backup is written."""

from pathlib import Path
from typing import cast

import pytest

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
