"""Tables (.csv, .xlsx) for `dualwatch publish`: mapped, previewed, sent, resumed."""

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

from services.cli.errors import CliError, ExitCode
from services.cli.publishing import Item
from services.intake.files.mapper import Context
from services.intake.files.mapping import JURISDICTION, Mapping
from services.intake.files.mapping_files import MAPPING_BYTES_MAX, MappingError, load_mapping
from services.intake.files.outcomes import Mapped, Passed, Rejected
from services.intake.files.presets import UnknownPresetError, preset, preset_names
from services.intake.files.rejects import ENCODING, RejectsWriter
from services.intake.files.tables import UnreadableTableError
from services.intake.files.uploads import open_file

PREVIEW_EVENTS: Final = 5
EXAMPLES_MAX: Final = 3
"""Lines that are named for each kind of problem."""
KINDS_MAX: Final = 200
"""Most kinds of problems that are told apart."""


@dataclass(frozen=True)
class TableAsked:
    """What the person said about a table."""

    file: Path
    mapping: Mapping
    mapping_raw: bytes
    context: Context
    sheet: str | None = None
    rejects: Path | None = None

    @property
    def sha256(self) -> str:
        """Hash of all that decides what the file means: mapping, jurisdiction, options, sheet."""
        said = [self.context.jurisdiction, dict(self.context.options), self.sheet]
        written = json.dumps(said, sort_keys=True).encode()
        return hashlib.sha256(self.mapping_raw + b"\0" + written).hexdigest()


@dataclass
class Report:
    """What became of the rows, by kind; bounded."""

    rows: int = 0
    events: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    passed: int = 0
    kinds: dict[tuple[str, str, str, str], list[Any]] = field(default_factory=dict)
    preview: list[Any] = field(default_factory=list)

    def reject(self, outcome: Rejected) -> None:
        """Count a rejected row."""
        self.rejected += 1
        self._kind(("rejected", outcome.code, outcome.column, outcome.english), outcome)

    def pass_over(self, outcome: Passed) -> None:
        """Count a row that was passed over."""
        self.passed += 1
        self._kind(("passed", outcome.code, "", outcome.english), outcome)

    def _kind(self, key: tuple[str, str, str, str], outcome: Rejected | Passed) -> None:
        if key not in self.kinds and len(self.kinds) >= KINDS_MAX:
            key = (key[0], "other", "", "other kinds")
        known = self.kinds.setdefault(key, [0, outcome.chinese, []])
        known[0] += 1
        if len(known[2]) < EXAMPLES_MAX:
            value = outcome.value if isinstance(outcome, Rejected) else ""
            known[2].append({"line": outcome.line, "value": value})

    def problems(self) -> list[dict[str, Any]]:
        """List every kind of problem, the most frequent first."""
        found = [
            {
                "kind": kind,
                "code": code,
                "column": column,
                "rows": known[0],
                "reason": english,
                "reason_zh": known[1],
                "examples": known[2],
            }
            for (kind, code, column, english), known in self.kinds.items()
        ]
        return sorted(found, key=lambda one: -int(one["rows"]))


def read_asked(
    file: Path, mapping: str, jurisdiction: str | None, sheet: str | None, said: list[str]
) -> TableAsked:
    """Read the mapping (a file or a preset's name) and options; CliError says what is wrong."""
    if jurisdiction is None:
        message = "--jurisdiction is needed with --mapping: the division's code, such as 610100"
        raise CliError(message, ExitCode.USAGE)
    raw, name = _mapping_raw(mapping)
    try:
        found = load_mapping(raw, name)
    except MappingError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    context = Context(jurisdiction, _options(found, said))
    return TableAsked(file, found, raw, context, sheet)


def _mapping_raw(mapping: str) -> tuple[bytes, str]:
    place = Path(mapping)
    if place.is_file():
        with place.open("rb") as stream:
            return stream.read(MAPPING_BYTES_MAX + 1), place.name
    try:
        return preset(mapping).text.encode(), mapping
    except UnknownPresetError:
        message = (
            f"--mapping {mapping}: no such file and no such preset; "
            f"presets are {', '.join(preset_names())}"
        )
        raise CliError(message, ExitCode.USAGE) from None


def _options(mapping: Mapping, said: list[str]) -> dict[str, str | int]:
    options: dict[str, str | int] = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals or name not in mapping.options:
            known = ", ".join(mapping.options) or "none"
            message = f"--set {one}: write name=value; options of {mapping.mapping}: {known}"
            raise CliError(message, ExitCode.USAGE)
        options[name] = value
    for name, option in mapping.options.items():
        if name not in options and option.default is None and name != JURISDICTION:
            message = f"--set {name}=… is needed: {option.note.en} ({option.note.zh})"
            raise CliError(message, ExitCode.USAGE)
    return options


class TableRun:
    """One pass over a table: items to send, rejects written, everything counted."""

    def __init__(self, asked: TableAsked, stream: BinaryIO) -> None:
        """Find the table; CliError if the file has none of this mapping."""
        self._asked = asked
        self.report = Report()
        with told(asked.file.name):
            self._opened = open_file(
                stream, asked.file.name, asked.mapping, asked.context, asked.sheet
            )

    def items(self) -> Iterator[Item]:
        """Yield the events in order; rejects are written as they come."""
        name = self._asked.file.name
        with contextlib.ExitStack() as stack:
            writer = self._writer(stack)
            with told(name):
                for outcome in self._opened.outcomes:
                    self.report.rows += 1
                    if isinstance(outcome, Mapped):
                        self._note(outcome.event)
                        yield Item(outcome.event, f"{name}, line {outcome.line}")
                    elif isinstance(outcome, Rejected):
                        self.report.reject(outcome)
                        if writer is not None:
                            writer.write(outcome)
                    else:
                        self.report.pass_over(outcome)

    def _note(self, event: bytes) -> None:
        # The type stands before the data: no need to read all of it.
        start = event.index(b'"type":"') + len(b'"type":"')
        self.report.events[event[start : event.index(b'"', start)].decode()] += 1
        if len(self.report.preview) < PREVIEW_EVENTS:
            self.report.preview.append(json.loads(event))

    def _writer(self, stack: contextlib.ExitStack) -> RejectsWriter | None:
        place = self._asked.rejects
        if place is None:
            return None
        if place.exists() and place.samefile(self._asked.file):
            message = f"--rejects {place} is the file that is sent: name another"
            raise CliError(message, ExitCode.USAGE)
        stream: TextIO = stack.enter_context(place.open("w", encoding=ENCODING, newline=""))
        return RejectsWriter(stream, self._opened.header)

    def notes(self) -> list[str]:
        """Say how the file was read."""
        header, sheet = self._opened.header, self._opened.sheet
        if sheet is None:
            return ["filled monitoring forms (annex 1)"]
        where = f"sheet {sheet.name}" if sheet.name else f"{sheet.encoding}, {sheet.delimiter!r}"
        said = [f"{where}; heading in line {header.first_line}"]
        if header.unit is not None:
            said.append(f"amounts in {header.unit}, as a line above the table says")
        return said


@contextlib.contextmanager
def told(name: str) -> Iterator[None]:
    """End the command in both languages where a file is refused as a whole."""
    try:
        yield
    except UnreadableTableError as error:
        message = f"{name}: {error.english}\n{name}:{error.chinese}"
        raise CliError(message, ExitCode.USAGE) from error
    except OSError as error:
        message = f"{name}: {error.strerror or error}"
        raise CliError(message, ExitCode.USAGE) from error
