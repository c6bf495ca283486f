"""The words of a mapping file: where a value comes from, and when a row is meant.

A value expression is an object with one of the heads `column`, `option`, `constant`, `join`,
`first`, `hash`, `ordinal`, `day_of`, `list`; any other object under `data` is a structure of the
event (`document: {kind: …, number: …}`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from typing_extensions import TypeAliasType

from services.intake.files.transform_names import Transform

PARTS_MAX: Final = 32
"""Most parts of a join, a choice or a condition."""
LIST_ITEMS_MAX: Final = 60
"""Most items a row can make of its columns (contracts: a plan's periods)."""
LOOKUP_MAX: Final = 2_000
WORD_MAX: Final = 500
TAG: Final = "§"
"""Begins the marks that pydantic puts into places; they are no part of the file."""


class Strict(BaseModel):
    """Base of everything in a mapping file: unknown words are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


Word = Annotated[str, Field(min_length=1, max_length=WORD_MAX)]
Words = Annotated[tuple[Word, ...], Field(max_length=PARTS_MAX * 4)]
Scalar = bool | int | str
Lookup = Annotated[dict[str, Scalar], Field(min_length=1, max_length=LOOKUP_MAX)]


class ColumnValue(Strict):
    """What stands in a column of the row."""

    column: Word
    """Its heading; compared after NFKC, without spaces, letters without case."""
    aliases: Words = ()
    """Other headings it may have; the first one that the file has is read."""
    as_: Transform = Field(default="text", alias="as")
    """How the cell is read (a lookup reads the word as it stands)."""
    lookup: Word | Lookup | None = None
    """Word → value: a name of files/lookups.py, or the table itself. Looked up before `as`."""
    default: Scalar | None = None
    """The value where the cell is empty, or its word is in no lookup."""
    required: bool | None = None
    """Whether an empty cell is a fault; null: as the contract has it."""
    unreadable: Literal["reject", "omit"] = "reject"
    """What a cell does that cannot be read: reject the row, or leave the field out."""


class OptionValue(Strict):
    """What whoever sends the file said: jurisdiction (`--jurisdiction`) or one of `options`."""

    option: Word
    as_: Transform = Field(default="text", alias="as")


class ConstantValue(Strict):
    """Always the same; `jurisdiction` stands for the jurisdiction the file is sent for."""

    constant: Scalar


def _part(value: Any) -> Any:
    # "/" between the parts of a subject reads better than {constant: "/"}.
    return {"constant": value} if isinstance(value, str) else value


class JoinValue(Strict):
    """Parts one after the other, a bare text stands for itself; empty if any part is."""

    join: Annotated[
        tuple[Annotated["Value", BeforeValidator(_part)], ...],
        Field(min_length=1, max_length=PARTS_MAX),
    ]
    separator: str = ""


class FirstValue(Strict):
    """The first of several that is not empty."""

    first: Annotated[tuple["Value", ...], Field(min_length=1, max_length=PARTS_MAX)]


class HashValue(Strict):
    """A short digest (6 hexadecimal digits) that tells the payees of one voucher apart.

    Too short to find the hashed number from it: an account cannot be guessed back.
    """

    hash: "Value"


class Within(Strict):
    """What an ordinal counts in."""

    within: "Value"


class OrdinalValue(Strict):
    """The number of this row among the rows of the file with the same `within`, from 1."""

    ordinal: Within


class YearMonth(Strict):
    """A month of a fiscal year that begins in January, or of a calendar year."""

    year: "Value"
    month: "Value"
    day: Literal["first", "last"] | Annotated[int, Field(ge=1, le=31)] = "first"


class DayOfValue(Strict):
    """A day of a month: 用款计划 names year and month (plan_month) only."""

    day_of: YearMonth


class ListItem(Strict):
    """One item of a list; left out where its condition does not hold."""

    when: "Condition | None" = None
    value: "Template"


class ListValue(Strict):
    """Several items from one row, such as a plan's twelve months; empty: left out."""

    list: Annotated[tuple[ListItem, ...], Field(min_length=1, max_length=LIST_ITEMS_MAX)]


HEADS: Final = (
    "column",
    "option",
    "constant",
    "join",
    "first",
    "hash",
    "ordinal",
    "day_of",
    "list",
)
MODELS: Final[dict[type[Strict], str]] = {
    ColumnValue: "column",
    OptionValue: "option",
    ConstantValue: "constant",
    JoinValue: "join",
    FirstValue: "first",
    HashValue: "hash",
    OrdinalValue: "ordinal",
    DayOfValue: "day_of",
    ListValue: "list",
}


def _head(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return next((TAG + head for head in HEADS if head in value), None)
    known = MODELS.get(type(value))
    return TAG + known if known else None


def _head_or_object(value: Any) -> str | None:
    return _head(value) or (TAG + "object" if isinstance(value, Mapping) else None)


if TYPE_CHECKING:
    Value = Strict
    Template = Strict | dict[str, Any]
else:
    Value = TypeAliasType(
        "Value",
        Annotated[
            Annotated[ColumnValue, Tag("§column")]
            | Annotated[OptionValue, Tag("§option")]
            | Annotated[ConstantValue, Tag("§constant")]
            | Annotated[JoinValue, Tag("§join")]
            | Annotated[FirstValue, Tag("§first")]
            | Annotated[HashValue, Tag("§hash")]
            | Annotated[OrdinalValue, Tag("§ordinal")]
            | Annotated[DayOfValue, Tag("§day_of")]
            | Annotated[ListValue, Tag("§list")],
            Discriminator(_head),
        ],
    )
    """A value expression."""

    Template = TypeAliasType(
        "Template",
        Annotated[
            Annotated[ColumnValue, Tag("§column")]
            | Annotated[OptionValue, Tag("§option")]
            | Annotated[ConstantValue, Tag("§constant")]
            | Annotated[JoinValue, Tag("§join")]
            | Annotated[FirstValue, Tag("§first")]
            | Annotated[HashValue, Tag("§hash")]
            | Annotated[OrdinalValue, Tag("§ordinal")]
            | Annotated[DayOfValue, Tag("§day_of")]
            | Annotated[ListValue, Tag("§list")]
            | Annotated[dict[str, "Template"], Tag("§object")],
            Discriminator(_head_or_object),
        ],
    )
    """A value expression, or a structure of them."""

Globs = Annotated[tuple[Word, ...], Field(min_length=1, max_length=PARTS_MAX)]
_TESTS: Final = ("in", "not_in", "matches", "negative", "empty", "not_empty")


class Condition(Strict):
    """When a row is meant: one test of one column, or `all`, `any`, `not` of other conditions.

    Words compare after NFKC and without spaces; `matches` takes * and ?.
    """

    column: Word | None = None
    aliases: Words = ()
    in_: Globs | None = Field(default=None, alias="in")
    """The cell is one of these words."""
    not_in: Globs | None = None
    """The cell is none of these words."""
    matches: Word | Globs | None = None
    """The cell matches one of these patterns."""
    negative: bool | None = None
    """The cell is an amount below zero, -1.00 or (1.00); false: it is not."""
    empty: Literal[True] | None = None
    not_empty: Literal[True] | None = None
    all: Annotated[tuple["Condition", ...], Field(min_length=1, max_length=PARTS_MAX)] | None = None
    any: Annotated[tuple["Condition", ...], Field(min_length=1, max_length=PARTS_MAX)] | None = None
    not_: "Condition | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one_test(self) -> "Condition":
        tests = [self.in_, self.not_in, self.matches, self.negative, self.empty, self.not_empty]
        combined = [self.all, self.any, self.not_]
        tested = sum(test is not None for test in tests)
        if self.column is not None and tested == 1 and not any_given(combined):
            return self
        if self.column is None and tested == 0 and sum(one is not None for one in combined) == 1:
            return self
        msg = (
            f"a condition is a column with one of {', '.join(_TESTS)}, "
            "or one of all, any, not by itself"
        )
        raise ValueError(msg)


def any_given(values: list[Any]) -> bool:
    """Whether any of the values is given."""
    return any(value is not None for value in values)


for _model in (
    JoinValue,
    FirstValue,
    HashValue,
    Within,
    OrdinalValue,
    YearMonth,
    DayOfValue,
    ListItem,
    ListValue,
    Condition,
):
    _model.model_rebuild()
