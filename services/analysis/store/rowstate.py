"""A project year as a row, as of today: what lists, roll-ups and filters read.

Written with every assessment (`rows`), so that a list or an overview reads rows and measures
nothing. Money is fen, rates are basis points; a name means here what it means in
`contracts.events.analysis`.
"""

from typing import Final

import msgspec

ROW_VERSION: Final = 1
"""Goes up with every change of the structures."""
NO_LINE: Final = ""
"""Line of a project's money that belongs to none."""


class RowMoney(msgspec.Struct, array_like=True, gc=False):
    """`Money` in fen; what follows from it (balance, rates) is a property."""

    original: int = 0
    carryover: int = 0
    supplement: int = 0
    passed_down: int = 0
    cut: int = 0
    recovered: int = 0
    virement: int = 0
    distributed: int = 0
    adjusted_budget: int = 0
    committed: int = 0
    requested: int = 0
    disbursed: int = 0
    spent: int = 0
    reversed: int = 0
    prior_year_refunds: int = 0
    uncommitted_balance: int = 0

    @property
    def balance(self) -> int:
        """Adjusted budget less spending."""
        return self.adjusted_budget - self.spent

    def is_zero(self) -> bool:
        """Whether nothing is in it."""
        return not any(msgspec.structs.astuple(self))


class RowLine(msgspec.Struct, array_like=True):
    """`LineFigures`, or the pseudo line of what belongs to none: the sum of all is the project."""

    line: str
    """NO_LINE: money that names no line, or one that was never budgeted."""
    unit: str | None
    account: str | None
    """Budget account; null of the pseudo line."""
    function: str | None
    government_economic: str | None
    undistributed: bool
    money: RowMoney
    expected_spent: int | None = None
    expected_basis: str | None = None


class RowState(msgspec.Struct, array_like=True):
    """One project year as of a day."""

    project: str
    """`<jurisdiction>/<project code>`."""
    fiscal_year: int
    as_of: str
    """ISO date: the jurisdiction's today when it was assessed."""
    name: str | None
    department: str | None
    lead_unit: str | None
    project_class: str | None
    state: str
    priority: tuple[str, ...]
    registered: bool
    """Whether it is registered at the date."""
    sequence: int
    """Stream sequence of the last entry in it."""
    position: int
    """Ledger position, in its partition, of the last entry in it."""
    settled: bool
    light: str | None
    execution_light: str | None
    attainment_light: str | None
    quadrant: str | None
    money: RowMoney
    """Of the whole project: the sum of `lines`."""
    execution_rate_bp: int | None
    execution_rate_original_bp: int | None
    expected_spent: int | None
    expected_rate_bp: int | None
    expected_basis: str | None
    ratio_bp: int | None
    deviation_points_bp: int | None
    months_spent: tuple[int, ...]
    """Net spending per fiscal month up to the date."""
    months_completed: int
    attainment_rate_bp: int | None
    effect_rate_bp: int | None
    money_ahead_bp: int | None
    judged: int
    """Indicators judged at the date."""
    indicators: int
    """Indicators of the year."""
    findings: int
    """How many hold."""
    finding_kinds: tuple[str, ...]
    """Kinds of those that are listed in the assessment, each once, in order of the alphabet."""
    finding_counts: tuple[tuple[str, str, int], ...]
    """(kind, nature, how many) of those that are listed in the assessment, in that order."""
    frozen: bool
    incomplete: bool
    """An entry is parked or could not be measured: figures may lack something."""
    closed_version: int | None
    late_facts: int
    forecast_method: str | None
    forecast_point: int | None
    forecast_low: int | None
    forecast_high: int | None
    forecast_carryover: int | None
    forecast_surplus: int | None
    cpi_bp: int | None
    spi_bp: int | None
    spi_t_bp: int | None
    milestones_overdue: int
    problems_open: int
    problems_serious: int
    problems_overdue: int
    lines: tuple[RowLine, ...]
    """Its funding lines in the assessment's order, then the pseudo line if there is such money."""


class RowVersionError(Exception):
    """A stored row is of another version: it is made anew by the next assessment."""


def encode_row(row: RowState) -> bytes:
    """Write a row: a version byte, a byte for how, then its fields."""
    try:
        return _PACKED + _PACK.encode(row)
    except OverflowError:
        # Sums of thousands of largest amounts: MessagePack has no integers beyond 64 bits.
        return _WIDE + msgspec.json.encode(row)


def decode_row(raw: bytes) -> RowState:
    """Read what `encode_row` wrote; RowVersionError if it is another version's."""
    kind = raw[:2]
    if kind == _PACKED:
        return _UNPACK.decode(memoryview(raw)[2:])
    if kind == _WIDE:
        return _UNPACK_WIDE.decode(memoryview(raw)[2:])
    msg = f"row version {raw[:1]!r}, this release reads {_PACKED[:1]!r}"
    raise RowVersionError(msg)


_PACKED: Final = bytes([ROW_VERSION, 0])
_WIDE: Final = bytes([ROW_VERSION, 1])
_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(RowState)
_UNPACK_WIDE: Final = msgspec.json.Decoder(RowState)
