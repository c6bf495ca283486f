"""What is wrong with a pack, and where: faults with a path, and line and column of the path."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import yaml

Path = tuple[str | int, ...]
"""Keys and places from the document's top."""
TOP: Final[Path] = ()


class Fault(str):
    """A fault in words that knows where it is."""

    __slots__ = ("offset", "path")
    path: Path
    offset: int | None

    def __new__(cls, text: str, path: Path = TOP, offset: int | None = None) -> Self:
        """Say it of a path within the document, and of a character within its text."""
        made = super().__new__(cls, text)
        made.path = path
        made.offset = offset
        return made

    def under(self, *path: str | int, said: str = "") -> "Fault":
        """Return it as a fault of something that lies deeper, with what is said before it."""
        return Fault(f"{said}{self}", (*path, *self.path), self.offset)


@dataclass(frozen=True, slots=True)
class Place:
    """A fault with its place in the file; lines and columns count from 1."""

    line: int
    column: int
    fault: str


def placed(content: bytes, faults: Iterable[str]) -> list[Place]:
    """Find line and column of each fault, in the order of the file."""
    root = _root(content)
    found = []
    for fault in faults:
        line, column = 1, 1
        if root is not None and isinstance(fault, Fault):
            mark, node = _mark(root, fault.path)
            line, column = mark.line + 1, mark.column + 1
            if fault.offset is not None and isinstance(node, yaml.ScalarNode):
                line, column = _within(content, node, fault.offset) or (line, column)
        found.append(Place(line, column, str(fault)))
    return sorted(found, key=lambda place: (place.line, place.column))


def of_yaml(error: yaml.YAMLError) -> tuple[int, int]:
    """Return line and column of what is no YAML; the first if it does not say."""
    mark = getattr(error, "problem_mark", None)
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _root(content: bytes) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(content, yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    return node


def _within(content: bytes, node: yaml.ScalarNode, offset: int) -> tuple[int, int] | None:
    """Find a character of a text in the file, where its lines are folded into one."""
    first, last = node.start_mark.line, node.end_mark.line
    lines = content.decode().splitlines()[first : last + 1]
    folded = node.style in {">", "|"}
    left = offset
    for number, text in enumerate(lines):
        if folded and number == 0:
            continue
        start = node.start_mark.column if number == 0 else len(text) - len(text.lstrip())
        start += node.style in {"'", '"'} and number == 0
        size = len(text[start:].rstrip()) + 1
        if left < size:
            return first + number + 1, start + left + 1
        left -= size
    return None


def _mark(node: yaml.Node, path: Sequence[str | int]) -> tuple[yaml.Mark, yaml.Node]:
    """Go down as far as the file goes: what is missing is reported of what holds it."""
    mark = node.start_mark
    for step in path:
        below = next(_below(node, step), None)
        if below is None:
            break
        key, node = below
        mark = key.start_mark
    return mark, node


def _below(node: yaml.Node, step: str | int) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        yield item, item
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                yield key, value
        for key, value in node.value:
            # What a merge brings in stands where it was written.
            if key.value == "<<":
                yield from _below(value, step)
