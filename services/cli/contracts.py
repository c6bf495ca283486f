"""`dualwatch contracts`: which events there are, and whether a file of events is right.

The check is the door's own admission, so what passes here is refused by no door for its form;
what needs history (a jurisdiction that is registered, a document that is new) only the ledger
knows. Nothing is sent and no service is asked.
"""

import difflib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import typer

from contracts.codec import DATA_BY_TYPE, JURISDICTION_TYPES, UPCASTERS
from contracts.handbook import PUBLISHABLE
from services.cli.described import FieldShown, example_of, fields_of, says
from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.stream import control_of
from services.intake.domain.admission import admit, event_id_of
from services.intake.domain.redaction import Redactor, suspicious
from services.intake.domain.verdicts import Refusal
from services.intake.files.jsonl import LINE_BYTES_MAX, Line, read_jsonl

app = typer.Typer(help="The events: what may be said, and checking files.", no_args_is_help=True)

FAULTS_MAX_DEFAULT: Final = 100
FAULTS_MAX_MOST: Final = 100_000
"""Most faults that are shown and, with --json, held; all are counted."""
STDIN: Final = "-"
_DOOR: Final = Redactor("nothing that is hashed here is kept")
"""What the doors do first: an account number becomes its hash."""

TYPE_COLUMNS: Final = (
    Column("type", "type"),
    Column("subject", "subject"),
    Column("says", "says"),
)
FIELD_COLUMNS: Final = (
    Column("field", "field"),
    Column("字段", "field_zh"),
    Column("required", "required"),
    Column("is", "is"),
    Column("meaning, unit", "meaning"),
    Column("national", "national"),
)


@dataclass
class Checked:
    """What the check of a file came to; memory does not grow with the file."""

    faults_max: int
    lines: int = 0
    """Lines that are not blank."""
    valid: int = 0
    """Events that every door would let in."""
    faulty: int = 0
    """Lines that none would."""
    days: int = 0
    """Lines that open a day."""
    types: Counter[str] = field(default_factory=Counter)
    """Valid events by type."""
    faults: list[dict[str, Any]] = field(default_factory=list)
    """The first faults."""
    faults_found: int = 0

    def summary(self, name: str) -> dict[str, Any]:
        """Write it as JSON."""
        return {
            "file": name,
            "lines": self.lines,
            "valid": self.valid,
            "faulty": self.faulty,
            "days": self.days,
            "types": dict(sorted(self.types.items())),
            "faults": self.faults,
            "faults_found": self.faults_found,
        }


@app.command("check")
def check_file(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="JSONL; - reads standard input."),
    ],
    *,
    faults_max: Annotated[
        int,
        typer.Option("--faults", min=1, max=FAULTS_MAX_MOST, help="Most faults to show."),
    ] = FAULTS_MAX_DEFAULT,
    as_json: JsonFlag = False,
) -> None:
    """Check a JSONL file of events (one a line; - reads standard input) as the doors do.

    Shows for every fault the line, the JSON pointer, the field in both languages, what is wrong
    and what to do. Ends with 0 if all events are right, 1 if one is not, 2 if there is none.
    """
    checked = Checked(faults_max)
    name = str(file)
    with _opened(file) as stream:
        for fault in faults_in(stream, checked):
            if as_json:
                checked.faults.append(fault)
            else:
                sys.stdout.write(_block(fault))
    if as_json:
        print_json(checked.summary(name))
    _tell(checked, name)


def _opened(file: Path) -> AbstractContextManager[BinaryIO]:
    if str(file) == STDIN:
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error


def faults_in(stream: BinaryIO, checked: Checked) -> Iterator[dict[str, Any]]:
    """Check line by line; give the first faults, count all of them."""
    for line in read_jsonl(stream):
        checked.lines += 1
        refusal = _refusal(line, checked)
        if refusal is None:
            continue
        checked.faulty += 1
        for fault in _faults(line, refusal):
            checked.faults_found += 1
            if checked.faults_found <= checked.faults_max:
                yield fault


def _refusal(line: Line, checked: Checked) -> Refusal | None:
    if not line.complete:
        return Refusal(
            "event_too_large",
            f"the line is longer than {LINE_BYTES_MAX} bytes",
            f"该行超过 {LINE_BYTES_MAX} 字节",
        )
    try:
        if control_of(line.raw, f"line {line.number}") is not None:
            checked.days += 1
            return None
    except CliError as error:
        return Refusal("not_an_event", str(error), "开日行的格式不符")
    found = admit(_DOOR.redact(line.raw) if suspicious(line.raw) else line.raw)
    if isinstance(found, Refusal):
        return found
    checked.valid += 1
    checked.types[found.event_type] += 1
    return None


def _faults(line: Line, refusal: Refusal) -> Iterator[dict[str, Any]]:
    problem = refusal.problem()
    for fault in problem.get("errors") or [problem]:
        yield {
            "line": line.number,
            "id": event_id_of(line.raw) if line.complete else None,
            "code": problem["code"],
            **{name: fault.get(name) for name in _TOLD},
        }


_TOLD: Final = (
    "pointer",
    "field",
    "field_zh",
    "meaning",
    "detail",
    "detail_zh",
    "hint",
    "hint_zh",
)


def _block(fault: dict[str, Any]) -> str:
    """Write a fault for people: where, what is wrong, what to do."""
    names = " ".join(name for name in (fault["field"], fault["field_zh"]) if name)
    place = f"{fault['pointer']} ({names})" if names else fault["pointer"] or fault["code"]
    told = [
        f"line {fault['line']}: {place}",
        f"  {fault['detail']}",
        f"  {fault['detail_zh']}",
        f"  → {fault['hint']}",
        f"  → {fault['hint_zh']}",
    ]
    return "\n".join(told) + "\n"


def _tell(checked: Checked, name: str) -> None:
    if checked.lines == 0:
        message = f"{name} holds no event: one CloudEvent a line is expected"
        raise CliError(message, ExitCode.USAGE)
    hidden = checked.faults_found - checked.faults_max
    if hidden > 0:
        say(f"{hidden} more faults; --faults shows more")
    say(f"{checked.lines} lines: {checked.valid} events right, {checked.faulty} wrong")
    if checked.faulty:
        raise typer.Exit(ExitCode.FAILED_CHECK)


@app.command("list")
def list_types(
    *,
    all_types: Annotated[
        bool, typer.Option("--all", help="Also what Dualwatch says itself.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """List the events that publishers may send."""
    found = [
        {
            "type": name,
            "subject": "jurisdiction" if name in JURISDICTION_TYPES else "jurisdiction/project",
            "publishable": name in PUBLISHABLE,
            "earlier_version": name in UPCASTERS,
            "says": says(data),
        }
        for name, data in DATA_BY_TYPE.items()
        if all_types or name in PUBLISHABLE
    ]
    if as_json:
        print_json(found)
    else:
        print_rows(found, TYPE_COLUMNS)


@app.command("show")
def show_type(
    event_type: Annotated[
        str, typer.Argument(metavar="TYPE", help="Such as expenditure.recorded, with or without v.")
    ],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show an event: what it says, its fields with unit and national field, an example."""
    name = full_name(event_type)
    data = DATA_BY_TYPE[name]
    fields, example = fields_of(data), example_of(data)
    if as_json:
        print_json(
            {
                "type": name,
                "publishable": name in PUBLISHABLE,
                "says": says(data),
                "fields": [shown.members() for shown in fields],
                "example": example,
            }
        )
        return
    sys.stdout.write(f"{name}\n{says(data)}\n\n")
    print_rows([_row(shown) for shown in fields], FIELD_COLUMNS)
    sys.stdout.write(json.dumps(example, ensure_ascii=False, indent=2) + "\n")


def _row(shown: FieldShown) -> dict[str, Any]:
    row = shown.members()
    words = ", ".join(shown.words)
    return {
        **row,
        "required": "yes" if shown.required else "",
        "is": f"{shown.kind}: {words}" if words else shown.kind,
    }


def full_name(text: str) -> str:
    """Find the type that somebody means: the newest version unless one is named."""
    plain = text.removeprefix("dualwatch.")
    if f"dualwatch.{plain}" in DATA_BY_TYPE:
        return f"dualwatch.{plain}"
    versions = [name for name, data in DATA_BY_TYPE.items() if plain == data.TYPE]
    if versions:
        return max(versions, key=lambda name: DATA_BY_TYPE[name].VERSION)
    known = [data.TYPE for data in DATA_BY_TYPE.values()]
    close = difflib.get_close_matches(plain, known, n=1)
    did_you_mean = f"; did you mean {close[0]}?" if close else ""
    message = f"there is no event {text}{did_you_mean} (dualwatch contracts list)"
    raise CliError(message, ExitCode.USAGE)
