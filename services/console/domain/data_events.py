"""An event's JSON line by line as it was sent, each line with the place it is: where it is wrong.

Nothing is read into numbers and written again: what is shown, and given to be edited, are the
sender's own characters between line ends of ours.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

DEPTH_MAX: Final = 64
"""Deepest nesting that is followed; contracts' events have six levels."""
LINES_MAX: Final = 400
"""Most lines that are shown; the rest is in the raw bytes."""
LINE_LENGTH_MAX: Final = 2_000
"""Longest line that is shown."""
TEXT_SHOWN_MAX: Final = 20_000
"""Most characters that are shown of what is no JSON."""
INDENT: Final = "  "
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_SCALAR: Final = re.compile(
    r'"(?:[^"\\\x00-\x1f]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null'
)
_PLACE: Final = re.compile(r"line ([0-9]{1,9}),? column ([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of JSON: one value, or where a structure begins or ends."""

    depth: int
    text: str
    pointer: str
    """JSON pointer (RFC 6901) of the value."""
    start: int
    """Where it begins in the text that was read."""

    @property
    def written(self) -> str:
        """The line with its indentation."""
        return INDENT * self.depth + self.text


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as a page shows it."""

    number: int
    text: str
    marked: bool
    """Whether what is wrong is here."""


class UnreadableError(ValueError):
    """A text is no JSON that could be shown line by line."""


class _Scanner:
    """Goes through a text once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: list[Line] = []

    def whole(self) -> list[Line]:
        self.value("", "", 0)
        self.blank()
        if self.at != len(self.text):
            raise UnreadableError(self.at)
        return self.lines

    def blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = self.at if found is None else found.end()

    def next(self) -> str:
        self.blank()
        return self.text[self.at : self.at + 1]

    def take(self, sign: str) -> bool:
        taken = self.next() == sign
        self.at += taken
        return taken

    def scalar(self) -> str:
        self.blank()
        found = _SCALAR.match(self.text, self.at)
        if found is None:
            raise UnreadableError(self.at)
        self.at = found.end()
        return found[0]

    def value(self, pointer: str, before: str, depth: int) -> None:
        """Read a value; `before` is its name on the same line."""
        opening = self.next()
        start = self.at
        if opening not in {"{", "["}:
            self.lines.append(Line(depth, before + self.scalar(), pointer, start))
            return
        if depth == DEPTH_MAX:
            raise UnreadableError(self.at)
        self.at += 1
        closing = "}" if opening == "{" else "]"
        if self.take(closing):
            self.lines.append(Line(depth, before + opening + closing, pointer, start))
            return
        self.lines.append(Line(depth, before + opening, pointer, start))
        self.members(pointer, depth + 1, named=opening == "{")
        end = self.at
        if not self.take(closing):
            raise UnreadableError(self.at)
        self.lines.append(Line(depth, closing, pointer, end))

    def members(self, pointer: str, depth: int, *, named: bool) -> None:
        number = 0
        while True:
            name, before = str(number), ""
            if named:
                self.blank()
                quoted = self.scalar()
                if not quoted.startswith('"') or not self.take(":"):
                    raise UnreadableError(self.at)
                name, before = _name(quoted), f"{quoted}: "
            self.value(f"{pointer}/{escaped(name)}", before, depth)
            number += 1
            if not self.take(","):
                return
            last = self.lines[-1]
            self.lines[-1] = Line(last.depth, last.text + ",", last.pointer, last.start)


def escaped(name: str) -> str:
    """Write a name as part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _name(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError as error:
        raise UnreadableError(quoted) from error


def lines_of(text: str) -> list[Line]:
    """Read JSON line by line; UnreadableError if it is none."""
    return _Scanner(text).whole()


def pretty(text: str) -> str:
    """Write JSON a value a line with its own characters; what is no JSON stays as it is."""
    try:
        return "\n".join(line.written for line in lines_of(text))
    except UnreadableError:
        return text


def present(pointer: str, known: Iterable[str]) -> str:
    """Return the pointer, or of what it would be in, the deepest that is there."""
    there = set(known)
    while pointer and pointer not in there:
        pointer = pointer.rpartition("/")[0]
    return pointer


def shown(text: str, pointers: Iterable[str]) -> tuple[list[Shown], bool]:
    """Give the lines of a page with what is wrong marked, and whether lines are left out."""
    lines = lines_of(text)
    known = {line.pointer for line in lines}
    exact = {one for one in pointers if one in known}
    inside = {present(one, known) for one in pointers} - exact
    found, opened = [], set[str]()
    for number, line in enumerate(lines[:LINES_MAX], 1):
        # Of a structure that lacks something only the beginning is marked.
        lacking = line.pointer in inside and line.pointer not in opened
        opened.add(line.pointer)
        marked = lacking or any(
            line.pointer == one or line.pointer.startswith(f"{one}/") for one in exact if one
        )
        written = line.written
        if len(written) > LINE_LENGTH_MAX:
            written = written[:LINE_LENGTH_MAX] + "…"
        found.append(Shown(number, written, marked))
    cut = len(lines) > LINES_MAX or any(one.text.endswith("…") for one in found)
    return found, cut


@dataclass(frozen=True, slots=True)
class Raw:
    """What is no JSON, about the place where it ceases to be."""

    before: str
    at: str
    after: str
    cut: bool


def raw(text: str, detail: str) -> Raw:
    """Mark the place that a problem names by line and column, if it names one."""
    found = _PLACE.search(detail)
    cut = len(text) > TEXT_SHOWN_MAX
    text = text[:TEXT_SHOWN_MAX]
    if found is None:
        return Raw(text, "", "", cut)
    rows = text.splitlines(keepends=True)
    row, column = int(found[1]), int(found[2])
    place = sum(map(len, rows[: row - 1])) + column - 1
    return Raw(text[:place], text[place : place + 1], text[place + 1 :], cut)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, as a page says it."""

    pointer: str
    field: str
    """What the field is called."""
    detail: str
    hint: str
    meaning: str
    """What the contract says of the field; English."""
    line: int | None = None
    """Line of the text where it is."""
    start: int | None = None
    """Where in the text it begins."""


def faults(problem: Mapping[str, Any], language: str, text: str = "") -> list[Fault]:
    """List what a problem finds wrong, each with its place in a text."""
    places: dict[str, int] = {}
    try:
        for line in lines_of(text):
            places.setdefault(line.pointer, line.start)
    except UnreadableError:
        places = {}
    return list(_faults(problem, language, text, places))


def _faults(
    problem: Mapping[str, Any], language: str, text: str, places: Mapping[str, int]
) -> Iterator[Fault]:
    found = problem.get("errors") or ([problem] if problem.get("pointer") else [])
    for one in found:
        pointer = str(one.get("pointer") or "")
        start = places.get(present(pointer, places)) if places else None
        yield Fault(
            pointer,
            told(one, "field", language),
            told(one, "detail", language),
            told(one, "hint", language),
            str(one.get("meaning") or "") if language == "en" else "",
            None if start is None else text.count("\n", 0, start) + 1,
            start,
        )


def told(problem: Mapping[str, Any], name: str, language: str) -> str:
    """Return what a problem says in a language; the English if it says nothing in Chinese."""
    if language == "zh" and problem.get(f"{name}_zh"):
        return str(problem[f"{name}_zh"])
    return str(problem.get(name) or "")


def pointers_of(problem: Mapping[str, Any]) -> list[str]:
    """List the places that a problem is about."""
    found = [problem, *(problem.get("errors") or ())]
    return list(dict.fromkeys(str(one["pointer"]) for one in found if one.get("pointer")))
