"""What becomes of a row: an event, a rejection with its reason, or passed over on purpose."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Fault(StrEnum):
    """Why a row is rejected."""

    EMPTY = "empty"
    SPREADSHEET_ERROR = "spreadsheet_error"
    NOT_A_NUMBER = "not_a_number"
    SCIENTIFIC_NOTATION = "scientific_notation"
    FINER_THAN_FEN = "finer_than_fen"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_FEW_DIGITS = "too_few_digits"
    NEGATIVE_AMOUNT = "negative_amount"
    NOT_A_DATE = "not_a_date"
    NO_SUCH_DAY = "no_such_day"
    NOT_A_YEAR = "not_a_year"
    NOT_A_MONTH = "not_a_month"
    NOT_AN_INTEGER = "not_an_integer"
    NOT_A_BOOLEAN = "not_a_boolean"
    UNKNOWN_WORD = "unknown_word"
    MERGED_AMOUNT = "merged_amount"
    NO_RULE = "no_rule"
    SURPLUS_CELLS = "surplus_cells"


class CellFaultError(Exception):
    """A cell cannot be read; says why in both languages."""

    def __init__(self, code: Fault, english: str, chinese: str) -> None:
        """`code` names the kind of fault for scripts."""
        super().__init__(english)
        self.code = code
        self.english = english
        self.chinese = chinese
        self.column = ""
        self.value = ""


class Mapped(NamedTuple):
    """A row that became an event (structured CloudEvent, JSON bytes)."""

    sheet: str | None
    line: int
    event: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that became nothing: it can be mended and sent again."""

    sheet: str | None
    line: int
    column: str
    """Heading of the column at fault; empty if the row as a whole is."""
    value: str
    """What stands there."""
    code: str
    """Kind of fault, for scripts."""
    english: str
    chinese: str
    cells: tuple[str, ...]
    """The row as it was read, in the order of the heading."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A row that is no fact of this mapping: a total, a trailer, a state that counts nothing."""

    sheet: str | None
    line: int
    code: str
    """`skip` (title, total or trailer), `heading` (printed again), `rule` (passed by a rule)."""
    english: str
    chinese: str


Outcome = Mapped | Rejected | Passed
