"""A mapping file: how the rows of a table become events (YAML, read strictly).

```yaml
mapping: payment-vouchers
version: 1
title: {zh: 支付凭证, en: Payment vouchers}
mode: cumulative
rows:
  - when: {column: 状态, in: [已支付]}
    event: dualwatch.expenditure.recorded.v1
    subject: {join: [{constant: jurisdiction}, "/", {column: 项目编码, as: code}]}
    date: {column: 支付日期, as: date}
    data:
      fiscal_year: {column: 预算年度, as: year}
      amount: {column: 实际支付金额, as: amount}
```
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from services.intake.files.expressions import Condition, Strict, Template, Value, Word, Words
from services.intake.files.names import UNIT_FEN

ROWS_MAX: Final = 64
"""Most kinds of rows in one mapping."""
SKIPS_MAX: Final = 64
COLUMNS_MAX: Final = 512
HEADER_ROWS_MAX: Final = 3
"""Most lines a heading may stand in (merged cells above each other)."""
OPTIONS_MAX: Final = 16
JURISDICTION: Final = "jurisdiction"
"""The option that every mapping has."""

Mode = Literal["cumulative", "incremental"]


class Bilingual(Strict):
    """Words for people, in both languages."""

    zh: Word
    en: Word


class ColumnNote(Strict):
    """What a column is: other headings it may have, and words for its template."""

    aliases: Words = ()
    """Other headings; they hold wherever the mapping names this column."""
    note: Bilingual | None = None
    """What is filled in, for people."""
    national: Word | None = None
    """Field of the national table, such as PAY_VOUCHER_BILL.pay_cert_no."""
    example: str | int | None = None
    """A value for the template's example row."""


class Option(Strict):
    """Something that the file does not say and its sender does (`--set name=value`)."""

    note: Bilingual
    default: str | int | None = None
    """What it is if nothing is said; null: it must be said."""


class Amounts(Strict):
    """How amounts are written; a heading 金额(万元) or a line 单位:万元 above overrides."""

    unit: Literal["元", "千元", "万元", "亿元"] = "元"

    @property
    def fen(self) -> int:
        """One such unit in fen."""
        return UNIT_FEN[self.unit]


class Identity(Strict):
    """What makes a row the fact it is; one of three, document by default (domain-rules 4)."""

    document: Literal[True] | None = None
    """Kind, jurisdiction, fiscal year, number and line of its document; the content without."""
    content: Literal[True] | None = None
    """All that is read of the row, and its number among equal rows where it carries money."""
    of: Annotated[tuple[Value, ...], Field(min_length=1, max_length=16)] | None = None
    """These values alone (jurisdiction and event type join them)."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.document, self.content, self.of)) != 1:
            msg = "id is one of {document: true}, {content: true}, {of: [values]}"
            raise ValueError(msg)
        return self


class Pivot(Strict):
    """Rows that are one fact together: a plan with a row for each month becomes one row.

    Rows whose `by` columns are equal become one, which stands where the first of them stood; its
    `into` column of the number in `column` (1 for the first) holds the sum of `value`. A file
    without `column` is left as it is: it has its months side by side already.
    """

    by: Annotated[Words, Field(min_length=1)]
    column: Word
    value: Word
    into: Annotated[tuple[Word, ...], Field(min_length=1, max_length=60)]


class RowRule(Strict):
    """What one kind of row becomes."""

    when: Condition | None = None
    """Which rows are meant; none: all that no earlier rule took."""
    event: Word | None = None
    """Type of the event; null: the row is passed over for `reason`."""
    reason: Bilingual | None = None
    """Why such rows are passed over."""
    subject: Value | None = None
    """The project, `<jurisdiction>/<code>`; null: the jurisdiction itself."""
    date: Value | None = None
    """Business date; null: `data.date`, else the contract's refusal."""
    id: Identity = Identity(document=True)
    data: dict[str, Template] = Field(default_factory=dict)
    """The event's data, as its contract has it (docs/contracts). Empty values are left out.

    `payee.account` and `supplier.account` take an account number: the door keeps its keyed hash.
    """
    go_on: bool = False
    """Whether later rules look at the row too: one row that states several facts."""

    @model_validator(mode="after")
    def _event_or_reason(self) -> Self:
        if self.event is None and self.reason is None:
            msg = "a rule without an event needs a reason: {zh: …, en: …}"
            raise ValueError(msg)
        if self.event is None and (self.data or self.subject or self.date):
            msg = "a rule without an event has no subject, date or data"
            raise ValueError(msg)
        if self.event is not None and not self.data:
            msg = "a rule with an event needs data"
            raise ValueError(msg)
        return self


class Mapping(Strict):
    """A mapping file."""

    mapping: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
    """Its name; part of every event's `source`, so it stays the same for ever."""
    version: Annotated[int, Field(ge=1, le=10_000)]
    title: Bilingual
    source: str = ""
    """Which export it reads, in words."""
    layout: Literal["table", "monitoring-form"] = "table"
    """monitoring-form: the file holds filled forms of annex 1, which need no rows here."""
    mode: Mode
    """cumulative: every export has all rows so far. incremental: only what is new since."""
    batch: Value | None = None
    """incremental: date or number of the export; joins the identity of rows without a number."""
    sheet: Word | None = None
    """Sheet of a workbook; null: the first visible one with these headings."""
    header_rows: Annotated[int, Field(ge=1, le=HEADER_ROWS_MAX)] | None = None
    """Lines the heading stands in; null: found."""
    amounts: Amounts = Amounts()
    columns: Annotated[dict[str, ColumnNote], Field(max_length=COLUMNS_MAX)] = Field(
        default_factory=dict
    )
    """Columns by heading, in the order of the template."""
    options: Annotated[dict[str, Option], Field(max_length=OPTIONS_MAX)] = Field(
        default_factory=dict
    )
    skip: Annotated[tuple[Condition, ...], Field(max_length=SKIPS_MAX)] = ()
    """Title, total and trailer rows; counted and told."""
    fill_down: Words = ()
    """Columns whose empty cells mean the cell above (merged cells that an export unmerged)."""
    pivot: Pivot | None = None
    """Which rows are one fact together."""
    rows: Annotated[tuple[RowRule, ...], Field(max_length=ROWS_MAX)] = ()
    """The first rule whose `when` holds; a row that none takes is rejected."""

    @model_validator(mode="after")
    def _batch_where_needed(self) -> Self:
        if self.mode == "incremental" and self.batch is None:
            msg = "an incremental mapping needs batch: the export's date or number"
            raise ValueError(msg)
        if self.mode == "cumulative" and self.batch is not None:
            msg = "batch is for mode incremental only"
            raise ValueError(msg)
        if bool(self.rows) != (self.layout == "table"):
            msg = "a mapping has at least one rule under rows; one of monitoring forms has none"
            raise ValueError(msg)
        if JURISDICTION in self.options:
            msg = "jurisdiction is an option of every mapping"
            raise ValueError(msg)
        return self
