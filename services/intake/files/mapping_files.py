"""Reading mapping files: YAML in, a checked mapping out, or every fault with its place."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from pydantic import ValidationError

from services.intake.files.expressions import TAG
from services.intake.files.mapping import Mapping as MappingFile
from services.intake.files.mapping_checks import faults_of

MAPPING_BYTES_MAX: Final = 512 * 1024
NESTING_MAX: Final = 40
NODES_MAX: Final = 50_000
"""Most values of a mapping file, with its aliases followed."""
FAULTS_MAX: Final = 40
"""Most faults that are told at once."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class MappingFault:
    """One fault of a mapping file."""

    path: str
    """Place in the YAML: rows[0].data.amount.as."""
    line: int | None
    """Its line, from 1."""
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Write it on one line."""
        where = f"line {self.line}, " if self.line else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.path or 'the file'}: {self.message}{hint}"


class MappingError(Exception):
    """A mapping file is wrong; has all its faults."""

    def __init__(self, name: str, faults: Sequence[MappingFault]) -> None:
        """`name` is the file's."""
        self.name = name
        self.faults = tuple(faults[:FAULTS_MAX])
        super().__init__("\n".join(f"{name}: {fault}" for fault in self.faults))


def load_mapping(raw: bytes, name: str) -> MappingFile:
    """Read a mapping file; MappingError has every fault, its place, and what to do."""
    if len(raw) > MAPPING_BYTES_MAX:
        raise MappingError(name, [MappingFault("", None, f"over {MAPPING_BYTES_MAX:,} bytes")])
    try:
        root, found = _parsed(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MappingError(name, [MappingFault("", None, "no UTF-8 text")]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise MappingError(name, [_yaml_fault(error)]) from error
    try:
        mapping = MappingFile.model_validate(found)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        raise MappingError(name, list(_faults(errors, root))) from error
    faults = [
        MappingFault(_written(path), _line(root, path), message, hint)
        for path, message, hint in faults_of(mapping)
    ]
    if faults:
        raise MappingError(name, faults)
    return mapping


def _parsed(text: str) -> tuple[Any, Any]:
    """Parse YAML once: the nodes, which know their lines, and what they mean."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        _expanded(root, {})
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """Plain and bounded: no repeated keys, codes and dates stay text."""

    nesting = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse bottomless nesting."""
        self.nesting += 1
        if self.nesting > NESTING_MAX:
            msg = f"nested more than {NESTING_MAX} deep"
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, msg, event.start_mark)
        node = super().compose_node(parent, index)
        self.nesting -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Refuse a key that stands twice: the second would win unseen."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int):
                msg = "a key is a word or a whole number"
                raise yaml.constructor.ConstructorError(None, None, msg, key_node.start_mark)
            if key in seen:
                msg = f"{key} stands here twice"
                raise yaml.constructor.ConstructorError(None, None, msg, key_node.start_mark)
            seen.add(key)
        found = super().construct_mapping(node, deep=deep)
        # Codes of a lookup are words, also those that look like numbers.
        return {str(key): value for key, value in found.items()}


def _expanded(node: Any, known: dict[int, int]) -> int:
    """Count what a node means with its aliases (*name) followed: a kilobyte can mean gigabytes."""
    if known.setdefault(id(node), -1) == -1:
        parts: list[Any] = []
        if isinstance(node, yaml.MappingNode):
            parts = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            parts = node.value
        if any(known.get(id(part)) == -1 for part in parts):
            msg = "an alias means what it stands in"
            raise yaml.composer.ComposerError(None, None, msg, node.start_mark)
        known[id(node)] = 1 + sum(_expanded(part, known) for part in parts)
        if known[id(node)] > NODES_MAX:
            msg = f"more than {NODES_MAX:,} values, aliases followed"
            raise yaml.composer.ComposerError(None, None, msg, node.start_mark)
    return known[id(node)]


# 01 stays "01" (YAML reads eight), 2026-03-05 stays text, yes and on are words.
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("null", r"^(?:null|~|)$", "n~\0"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _yaml_fault(error: Exception) -> MappingFault:
    mark = getattr(error, "problem_mark", None)
    message = getattr(error, "problem", None) or "is no YAML"
    return MappingFault("", None if mark is None else mark.line + 1, str(message))


def _faults(errors: Sequence[Any], root: Any) -> Iterator[MappingFault]:
    seen: set[Path] = set()
    for error in errors:
        path = tuple(step for step in error["loc"] if not str(step).startswith(TAG))
        # A tuple that could not be made because of its parts complains once more.
        inner = any(known[: len(path)] == path and known != path for known in seen)
        if inner and error["type"] == "too_short":
            continue
        seen.add(path)
        message, hint = _words(error, path)
        yield MappingFault(_written(path), _line(root, path), message, hint)


_TEXTS: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "extra_forbidden": "there is no such word here",
    "union_tag_not_found": "no value expression",
    "union_tag_invalid": "no value expression",
}
_VALUE_HINT: Final = (
    "write {column: …}, {constant: …}, {option: …}, {join: […]}, {first: […]}, {hash: …}, "
    "{ordinal: …}, {day_of: …} or {list: […]}"
)
_WORDS: Final = (
    *MappingFile.model_fields,
    *("when", "event", "reason", "subject", "date", "id", "data", "go_on"),
    *("column", "aliases", "as", "lookup", "default", "required", "unreadable"),
    *("in", "not_in", "matches", "negative", "empty", "not_empty", "all", "any", "not"),
)


def _words(error: Mapping[str, Any], path: Path) -> tuple[str, str]:
    kind = error["type"]
    message = _TEXTS.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    if kind.startswith("union_tag"):
        return message, _VALUE_HINT
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(str(path[-1]), _WORDS, n=1)
        return message, f"did you mean {close[0]}?" if close else "leave it out"
    return message, ""


def _written(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".")


def _line(root: Any, path: Path) -> int | None:
    """Find the line of a place; of one that is missing, its surroundings'."""
    node = root
    if node is None:
        return None
    line: int = node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pairs = [(k, v) for k, v in node.value if getattr(k, "value", None) == str(step)]
            if not pairs:
                return line
            line, node = pairs[0][0].start_mark.line + 1, pairs[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                return line
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
    return line
