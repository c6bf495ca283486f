"""News for open pages: what streams of the services say, put together to one short word."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

FRAME_BYTES_MAX: Final = 1_000_000
"""Longest event of a stream that is read; a longer one is passed over."""
PROJECTS_MAX: Final = 50
"""Projects that one word names; of more it says that there are more."""
CURSOR_LENGTH_MAX: Final = 4_000


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a service's stream."""

    event: str
    id: str | None
    data: bytes


class Frames:
    """Cuts a stream of server-sent events into events."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._rest = b""

    def feed(self, part: bytes) -> Iterator[Told]:
        """Take some bytes; give the events that are whole."""
        self._rest += part
        *whole, self._rest = self._rest.split(b"\n\n")
        if len(self._rest) > FRAME_BYTES_MAX:
            self._rest = b""
        for frame in whole:
            told = _read(frame)
            if told is not None:
                yield told


def _read(frame: bytes) -> Told | None:
    fields: dict[bytes, bytes] = {}
    for line in frame.split(b"\n"):
        name, _, value = line.partition(b":")
        fields[name] = value.removeprefix(b" ")
    if b"id" not in fields and b"data" not in fields:
        return None
    mark = fields.get(b"id")
    return Told(
        fields.get(b"event", b"").decode("utf-8", "replace"),
        None if mark is None else mark.decode("ascii", "replace"),
        fields.get(b"data", b""),
    )


def project_of(service: str, data: bytes) -> str | None:
    """Tell whose news it is; None if it does not say."""
    try:
        said = json.loads(data)
    except ValueError:
        return None
    found = said.get("project_id" if service == "analysis" else "subject")
    return found if isinstance(found, str) else None


@dataclass(slots=True)
class News:
    """What came since the page was told last, and how far each service was read."""

    cursors: dict[str, str]
    project: str | None = None
    """Only what is about this one counts; None: everything."""
    of: set[str] = field(default_factory=set)
    projects: set[str] = field(default_factory=set)
    more: bool = False

    def take(self, service: str, told: Told) -> bool:
        """Note an event; tell whether there is something to say."""
        if told.id is not None:
            self.cursors[service] = told.id
        if not told.data or told.event == "end":
            return False
        found = project_of(service, told.data)
        if self.project is not None and found != self.project:
            return False
        self.of.add(service)
        if found is not None and len(self.projects) < PROJECTS_MAX:
            self.projects.add(found)
        else:
            self.more = True
        return True

    def lost(self, service: str) -> None:
        """Forget how far a service was read, and say that any of its projects may have changed."""
        self.cursors.pop(service, None)
        self.of.add(service)
        self.more = True

    def word(self) -> bytes:
        """Write what there is as an event for the page, and begin anew."""
        said: dict[str, Any] = {
            "of": sorted(self.of),
            "projects": sorted(self.projects),
            "more": self.more,
        }
        self.of, self.projects, self.more = set(), set(), False
        return event("news", said, cursor_text(self.cursors))


def event(name: str, said: dict[str, Any], mark: str) -> bytes:
    """Write an event; JSON holds no line's end."""
    return f"id: {mark}\nevent: {name}\ndata: {json.dumps(said)}\n\n".encode()


def cursor_text(cursors: dict[str, str]) -> str:
    """Write how far each service was read."""
    return "~".join(f"{name}.{mark}" for name, mark in sorted(cursors.items()))


def cursors_of(text: str) -> dict[str, str]:
    """Read what `cursor_text` wrote; what is not of that form is left out."""
    if len(text) > CURSOR_LENGTH_MAX or not text.isprintable():
        return {}
    parts = (part.partition(".") for part in text.split("~"))
    return {name: mark for name, dot, mark in parts if name and dot and mark}
