"""Tables as files hold them: rows of text cells, whatever the file was."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, Final, NamedTuple

from services.intake.files.xml import UnreadableFileError

COLUMNS_MAX: Final = 1_024
"""Most columns a table may have."""
TABLE_ROWS_MAX: Final = 20_000_000
"""Most rows that are read of one file."""
CELL_CHARS_MAX: Final = 32_767
"""Longest cell (as Excel has it)."""
LINE_CHARS_MAX: Final = 1_000_000
"""Longest line of a text file."""

NOTHING_FILLED: Final[frozenset[int]] = frozenset()


class Unreadable(StrEnum):
    """Why a file is refused as a whole."""

    EMPTY = "empty"
    BINARY = "binary"
    UNKNOWN_ENCODING = "unknown_encoding"
    DAMAGED_UTF8 = "damaged_utf8"
    LINE_TOO_LONG = "line_too_long"
    UNCLOSED_QUOTE = "unclosed_quote"
    NOT_A_WORKBOOK = "not_a_workbook"
    OLD_EXCEL = "old_excel"
    DAMAGED = "damaged"
    DTD = "dtd"
    TOO_LARGE = "too_large"
    NO_SHEET = "no_sheet"
    NO_HEADING = "no_heading"
    MISSING_COLUMNS = "missing_columns"


class UnreadableTableError(UnreadableFileError):
    """The file as a whole is refused, and why, in both languages."""

    def __init__(self, code: Unreadable, english: str, chinese: str) -> None:
        """`code` names the kind of fault for scripts."""
        super().__init__(english)
        self.code = code
        self.english = english
        self.chinese = chinese


class RawRow(NamedTuple):
    """A line of a table before anyone knows what its columns are."""

    line: int
    """Its line (text) or row (workbook) in the file, from 1."""
    cells: list[str]
    """Its cells, without outer white space; empty where there is nothing."""
    filled: frozenset[int] = NOTHING_FILLED
    """Columns whose cell lies in a merged range that begins elsewhere: the value is repeated."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file, being read."""

    name: str | None
    """Name of the workbook's sheet; None for a text file."""
    rows: Iterator[RawRow]
    date_1904: bool = False
    """Whether the workbook counts days from 1904."""
    encoding: str | None = None
    delimiter: str | None = None


class Row(NamedTuple):
    """A row below the heading."""

    sheet: str | None
    line: int
    cells: list[str]
    filled: frozenset[int] = NOTHING_FILLED


@dataclass(frozen=True, slots=True)
class Header:
    """The heading of a table: where each column stands."""

    names: tuple[str, ...]
    """Headings as written, by column."""
    index: dict[str, int]
    """Column key (names.column_name) → place."""
    units: dict[int, str]
    """Place → unit that the heading states (元, 万元 …)."""
    unit: str | None
    """Unit that a line above the table states."""
    first_line: int
    """Line the heading begins at."""
    last_line: int
    """Line the heading ends at."""
    ambiguous: frozenset[str] = frozenset()
    """Keys that several columns have."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heading found; iterate over it once."""

    sheet: Sheet
    header: Header
    rows: Iterator[Row]

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows below the heading."""
        return self.rows


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a reader is told about the table it looks for."""

    known: frozenset[str] = frozenset()
    """Keys of columns the mapping can use."""
    groups: tuple[frozenset[str], ...] = ()
    """Columns that must be there: of each group (a heading and its aliases) one."""
    sheet: str | None = None
    header_rows: int | None = None
    labels: dict[frozenset[str], str] = field(default_factory=dict)
    """Group → the heading to name where it is missing."""


class Source(NamedTuple):
    """A file to read: its bytes, seekable, and its name."""

    stream: BinaryIO
    name: str
