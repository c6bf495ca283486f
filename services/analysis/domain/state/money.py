"""A funding line: its terms, its day buckets, its contracts, its plans.

State is bounded by distinct days, lines, contracts, classes and plan ids, never by the number of
events: a publisher that repeats itself cannot make it grow.
"""

from typing import Final

import msgspec

from contracts.vocabulary import BudgetAccount, Channel

NO_LINE: Final = ""
"""Key of money that names no funding line (an identifier is never empty)."""


class LineTerms(msgspec.Struct, array_like=True, gc=False):
    """What a funding line is, as approved or registered on a day."""

    day: int
    sequence: int
    unit: str
    account: BudgetAccount
    channel: Channel
    function: str | None
    undistributed: bool
    allocation_is_expenditure: bool
    government_economic: str | None = None
    fund_type: str | None = None
    stated: int = 0
    """Of what a correction states: ordinal of the business date of the fact that it corrects."""
    until: int = 0
    """Ordinal of the day from which a correction says it otherwise; 0: none does."""
    arrived: int = 0
    """Of a fact that was stated of another line: ordinal of the day from which it is charged to
    this one."""
    brought: int = 0
    """Of such a fact: sequence of the correction that charged it to this one."""
    registered: bool = False
    """Whether a registered carryover says it: it has no word for `undistributed` and for
    `allocation_is_expenditure`."""


class PeriodApproval(msgspec.Struct, array_like=True, gc=False):
    """Money approved for an own period: counts only if that lies within one fiscal year."""

    day: int
    start: int
    end: int
    carryover: bool
    amount: int
    sequence: int
    """First entry that said so."""
    position: int
    last: int = 0
    """The last one that did, and not of 0.00, as `mark` packs it; 0: none did."""


class Instalment(msgspec.Struct, array_like=True, gc=False):
    """One payment that a contract calls for, as a commitment stated it."""

    due: int
    """Ordinal of the day it falls due."""
    amount: int
    """Fen; negative where the commitment was released."""
    day: int
    """Ordinal of the business date of the fact that stated it, or of the correction."""
    sequence: int
    stated: int = 0
    """Of what a correction moved: ordinal of the business date of the fact itself."""


class Charge(msgspec.Struct, array_like=True, gc=False):
    """What was spent apart: under unusual codes, or to one payee (domain-rules 17c, 17d)."""

    flows: dict[int, int] = {}
    """`day << BUCKET_BITS | column` → fen in column CHARGED, a mark in column MONEY_MARK."""
    wide: dict[int, str] = {}
    """Only while stored: flows beyond 64 bits, as text."""
    papers: list[tuple[str, int, int]] = []
    """Document, day and fen of the first so many large payments."""


class Party(msgspec.Struct, array_like=True, gc=False):
    """The other party of a contract, as a commitment stated it."""

    day: int
    """Ordinal of the first business date on which it was."""
    name: str
    account_hash: str
    """Empty: none was stated."""


class Contract(msgspec.Struct, array_like=True, gc=False):
    """What facts that name a contract said of it on one line; it is part of the line's flows."""

    flows: dict[int, int] = {}
    """Day buckets of what was committed, released and paid, and the day's last such entry."""
    wide: dict[int, str] = {}
    """Only while stored: flows beyond 64 bits, as text."""
    instalments: list[Instalment] = []
    """Its payment schedule, by (due, sequence) (domain-rules 10)."""
    parties: list[Party] = []
    """Whom it is with; the first so many."""
    payees: dict[str, Charge] = {}
    """Larger payments under it by payee, as `payee_key` writes it; the first so many payees."""


Codes = tuple[BudgetAccount | None, str | None, str | None, str | None]
"""Budget, functional class, government economic class, fund type that a payment is charged to."""


class Carried(msgspec.Struct, array_like=True, gc=False):
    """What a line carries that was approved for one earlier year (domain-rules 6)."""

    flows: dict[int, int] = {}
    """Ordinal of the day → fen: registered on it, or moved by a correction. Of supplements those
    that corrections moved alone."""
    wide: dict[int, str] = {}
    """Only while stored: flows beyond 64 bits, as text."""


class Line(msgspec.Struct, array_like=True, gc=False):
    """One funding line of a project year: its terms and its day buckets."""

    flows: dict[int, int] = {}
    """`day << BUCKET_BITS | column` → fen (or a mark)."""
    terms: list[LineTerms] = []
    """What each budget fact that says what the line is says of it, by (day, `said_by`), from when
    on and until when: of one day the last so many."""
    periods: list[PeriodApproval] = []
    """Approvals that name a period."""
    approvals: list[int] = []
    """Ordinals of the days of approvals other than carryover (domain-rules 17a)."""
    wide: dict[int, str] = {}
    """Only while stored: flows beyond 64 bits, as text."""
    contracts: dict[str, Contract] = {}
    """By contract number; facts that name none leave nothing here."""
    charges: dict[str, Charge] = {}
    """By class codes, as `charge_key` writes them: what was spent under others than `usual`."""
    usual: Codes | None = None
    """Codes of the first payment; all spending that is in no charge is under them."""
    carried: dict[int, Carried] = {}
    """By the year that registered carryovers were approved for; the earliest so many years."""
    disbursing: Charge | None = None
    """What was disbursed and returned, by the day that its fact stated: no correction moves it.
    Net allocations are in ALLOCATED, all else in QUOTA, the day's last entry in ALLOCATED_MARK and
    MONEY_MARK. None: nothing was."""
    corrections: Charge | None = None
    """The last correction of each day that moved money, in MONEY_MARK, UNIT_MARK and
    ALLOCATED_MARK, and in DISBURSED_MARK what is disbursed otherwise: what facts say of their own
    day stays apart from it. None: there was none."""
    supplements: dict[int, Carried] = {}
    """By the first day of the month of approval: supplements that corrections moved."""
    recharged: dict[str, Charge] = {}
    """By class codes (empty: `usual`): payments that corrections charged to them, or took away
    from them, as `folding.recharging` writes it: flows and documents by the day of the payment and
    that of the correction."""
    aside: Charge | None = None
    """The last entry of each day that was no payment under the usual codes, in MONEY_MARK, and the
    last one before it that was, in USUAL_MARK. None: nothing came back, and all was paid alike."""
    allocated_since: int = 0
    """Ordinal of the first day from which an allocation was stated of it, or brought to it by a
    correction, whatever was taken away again; 0: none was (domain-rules 1)."""


class PlanVersion(msgspec.Struct, array_like=True, gc=False):
    """A spending plan as one fact stated it."""

    plan: str
    day: int
    sequence: int
    line: str
    """Line it is for; NO_LINE: the whole project."""
    periods: list[tuple[int, int, int]]
    """First day, last day, fen; in order of the last day."""
    position: int = 0
    """Where its entry stands in the ledger partition."""
