"""How far a file has been sent: kept beside the data directory, so that it can be resumed.

Beside, not within: a stack takes only a directory that is empty or its own.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.local.datadir import default_data_dir, write_private

SUFFIX: Final = "-imports"
CHUNK_BYTES: Final = 1024 * 1024
KEPT_MAX: Final = 500
"""Most runs that are remembered; the oldest are forgotten."""


@dataclass
class RunState:
    """One run over one file."""

    file: str
    file_sha256: str
    mapping_sha256: str
    """Hash of all that decides what the file means, and of where it is sent."""
    run_id: str
    requests: int = 0
    """Requests that were answered; the next one's number is part of its Idempotency-Key."""
    events: int = 0
    """Events that are decided."""
    counts: dict[str, int] = field(default_factory=dict)
    done: bool = False


def file_sha256(file: Path) -> str:
    """Hash a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class RunStates:
    """The states of this user's runs."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep them in a folder; by default beside the data directory."""
        beside = default_data_dir()
        self._folder = folder or beside.with_name(beside.name + SUFFIX)

    def find(self, file_hash: str, mapping_hash: str) -> RunState | None:
        """Return the run over this content by this mapping."""
        return _read(self._place(file_hash, mapping_hash))

    def of_file(self, file: str) -> list[RunState]:
        """Return the unfinished runs over a file of this name and place, whatever was in it."""
        if not self._folder.is_dir():
            return []
        found = (_read(place) for place in sorted(self._folder.glob("*.json"))[:KEPT_MAX])
        return [state for state in found if state and state.file == file and not state.done]

    def save(self, state: RunState) -> None:
        """Keep a state; a crash leaves the last one or this one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        place = self._place(state.file_sha256, state.mapping_sha256)
        if not place.exists():
            self._forget_oldest()
        write_private(place, json.dumps(dataclasses.asdict(state), ensure_ascii=False))

    def _place(self, file_hash: str, mapping_hash: str) -> Path:
        return self._folder / f"{file_hash[:24]}-{mapping_hash[:16]}.json"

    def _forget_oldest(self) -> None:
        states = sorted(self._folder.glob("*.json"), key=lambda place: place.stat().st_mtime)
        for place in states[: max(0, len(states) - KEPT_MAX + 1)]:
            place.unlink(missing_ok=True)


def _read(place: Path) -> RunState | None:
    try:
        found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        return RunState(**found)
    except (FileNotFoundError, ValueError, TypeError):
        return None
