"""The strings and numbers of a JSON text with the place each stands at, whatever state it is in.

Not a parser: it gives places in a text that may be broken, so that what stands there can be
replaced while every other byte stays as it was sent.
"""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple

TOKENS_MAX: Final = 200_000
"""Tokens looked at; behind them a text counts as one that cannot be read."""
_TOKEN: Final = re.compile(
    r'"(?:[^"\\]|\\.)*+"|[\[\]{}:,]|-?[0-9][0-9.eE+\-]*|true|false|null', re.DOTALL
)
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)
_SHORT: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

Path = tuple[str | int, ...]


class Value(NamedTuple):
    """A string, number or word of a JSON text, or what stands between its tokens."""

    start: int
    end: int
    path: Path | None
    """Where it stands; null: it is no value (a name of a field, or rubbish)."""
    text: str
    """What it says: a string without quotes and escapes, else as it stands."""
    is_string: bool = True
    is_name: bool = False
    """Whether it is the name of a field."""


class _Level:
    """An object or array that is open."""

    def __init__(self, *, is_object: bool) -> None:
        self.is_object = is_object
        self.step: str | int = "" if is_object else 0
        self.after_colon = not is_object


def values(text: str) -> Iterator[Value]:
    """Walk through a text."""
    levels: list[_Level] = []
    clump: list[Value] = []
    done = 0
    for number, token in enumerate(_TOKEN.finditer(text)):
        if number == TOKENS_MAX:
            break
        start, end = token.span()
        if text[done:start].strip():
            clump.append(_rubbish(text, done, start))
        done = end
        found = token.group()
        if found in "{}[]:,":
            yield from _sorted_out(text, clump)
            clump.clear()
            _step(levels, found)
        else:
            clump.append(_value(levels, token))
    if text[done:].strip():
        clump.append(_rubbish(text, done, len(text)))
    yield from _sorted_out(text, clump)


def _sorted_out(text: str, clump: list[Value]) -> Iterator[Value]:
    """Give what stands between two marks: one value, or rubbish that belongs together."""
    if len(clump) < 2:  # noqa: PLR2004 - a value alone
        yield from clump
        return
    for is_string, group in groupby(clump, lambda value: value.is_string):
        found = list(group)
        if is_string:
            yield from found
        else:
            yield _rubbish(text, found[0].start, found[-1].end)


def _rubbish(text: str, start: int, end: int) -> Value:
    return Value(start, end, None, text[start:end], is_string=False)


def _value(levels: list[_Level], token: re.Match[str]) -> Value:
    start, end = token.span()
    found = token.group()
    is_string = found.startswith('"')
    said = unescape(found) if is_string else found
    is_name = is_string and bool(levels) and levels[-1].is_object and not levels[-1].after_colon
    if is_name:
        levels[-1].step = said
    path = tuple([level.step for level in levels]) or ("",)
    return Value(start, end, path, said, is_string, is_name)


def _step(levels: list[_Level], mark: str) -> None:
    if mark in "{[":
        levels.append(_Level(is_object=mark == "{"))
    elif not levels:
        return
    elif mark in "}]":
        levels.pop()
    elif mark == ":":
        levels[-1].after_colon = True
    elif levels[-1].is_object:
        levels[-1].after_colon = False
    elif isinstance(levels[-1].step, int):
        levels[-1].step += 1


def unescape(token: str) -> str:
    """Read a string token, also one that JSON does not allow."""
    if "\\" not in token:
        return token[1:-1]
    try:
        found: str = json.loads(token, strict=False)
    except ValueError:
        found = _ESCAPE.sub(_escaped, token[1:-1])
    return found


def _escaped(found: re.Match[str]) -> str:
    code, sign = found.groups()
    return chr(int(code, 16)) if code else _SHORT.get(sign, sign)


def quoted(text: str) -> str:
    """Write a string token."""
    return json.dumps(text, ensure_ascii=False)
