"""A file as chunks of outcomes: what its rows became, bounded pieces at a time.

Pure but for reading the stream: the same file gives the same chunks, so a chunk's number and
place name its events for ever.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from services.intake.files.forms import map_forms
from services.intake.files.mapper import Context, map_rows
from services.intake.files.mapping import Mapping
from services.intake.files.mapping_checks import read_options
from services.intake.files.outcomes import Mapped, Outcome, Passed, Rejected
from services.intake.files.pivoting import pivoted
from services.intake.files.reading import read_table
from services.intake.files.tables import Header, Sheet

CHUNK_EVENTS_MAX: Final = 500
CHUNK_BYTES_MAX: Final = 4 * 1024 * 1024
"""Fits one document of the store and one request of the event door."""
CHUNK_ROWS_MAX: Final = 5_000
"""Rows without an event count as well, so that a chunk comes in bounded time."""


@dataclass
class Chunk:
    """Some rows' outcomes, in order."""

    events: list[bytes] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """Line of the file that each event comes from."""
    rejected: list[Rejected] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    size_bytes: int = 0

    @property
    def full(self) -> bool:
        """Whether nothing more goes in."""
        rows = len(self.events) + len(self.rejected) + len(self.passed)
        return (
            len(self.events) >= CHUNK_EVENTS_MAX
            or self.size_bytes >= CHUNK_BYTES_MAX
            or rows >= CHUNK_ROWS_MAX
        )


@dataclass(frozen=True)
class Opened:
    """A file whose heading was found."""

    header: Header
    outcomes: Iterator[Outcome]
    sheet: Sheet | None = None
    """Where the table stands; None: the file holds forms."""


def open_file(
    stream: BinaryIO, name: str, mapping: Mapping, context: Context, sheet: str | None = None
) -> Opened:
    """Find a file's table, or its forms; UnreadableTableError says why it has none."""
    if mapping.layout == "monitoring-form":
        return Opened(*map_forms(stream, mapping.mapping, context, sheet))
    table = pivoted(read_table(stream, name, read_options(mapping, sheet)), mapping)
    return Opened(table.header, map_rows(table, mapping, context), table.sheet)


def chunks(outcomes: Iterator[Outcome], redact: Callable[[bytes], bytes]) -> Iterator[Chunk]:
    """Cut outcomes into chunks; each event is redacted before it is in one."""
    chunk = Chunk()
    for outcome in outcomes:
        if isinstance(outcome, Mapped):
            event = redact(outcome.event)
            chunk.events.append(event)
            chunk.lines.append(outcome.line)
            chunk.size_bytes += len(event)
        elif isinstance(outcome, Rejected):
            chunk.rejected.append(outcome)
            chunk.size_bytes += sum(map(len, outcome.cells))
        else:
            chunk.passed.append(outcome)
        if chunk.full:
            yield chunk
            chunk = Chunk()
    if chunk.events or chunk.rejected or chunk.passed:
        yield chunk
