"""What the facts on a project's funding lines come to: the book that all money figures read."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from tests.oracle.corrections import Move
from tests.oracle.dates import FiscalYear, day, fiscal_year_of
from tests.oracle.facts import Fact
from tests.oracle.terms import Terms

COMPONENTS: Final = (
    "original", "carryover", "supplement", "passed_down", "cut", "recovered", "virement",
    "distributed",
)  # fmt: skip
NEGATIVE: Final = frozenset({"cut", "recovered"})

COLUMNS: Final = (
    "requested", "given", "direct", "quota", "authorised", "taken_back", "spent", "own_funds",
    "reversed", "refunds", "allocations",
)  # fmt: skip

Document = tuple[str, str, str | None]


@dataclass
class Sums:
    """What the facts on one line (or on none) come to, in fen."""

    components: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """By name; see COMPONENTS."""
    requested: int = 0
    given: int = 0
    """Disbursed by allocations and otherwise, net; the treasury's own channel is apart."""
    direct: int = 0
    """Direct payments, authorised ones, and the quotas that these are paid out of."""
    quota: int = 0
    authorised: int = 0
    taken_back: int = 0
    """What came back of payments of both kinds: of which one a reversal does not say."""
    spent: int = 0
    own_funds: int = 0
    """Spent of the unit's own funds, which nobody disbursed; within spent."""
    reversed: int = 0
    refunds: int = 0
    committed: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    """By contract; None pools what names none."""
    paid: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    """By contract as well, less what came back and names that contract."""
    requests: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    """Requested, by contract."""
    carried: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Carried over, by the fiscal year that it stems from."""
    allocations: int = 0
    """How many disbursements were recorded."""

    def add(self, other: "Sums", sign: int = 1) -> None:
        """Add other sums to these, or take them off."""
        for name in COLUMNS:
            value = getattr(other, name)
            if value:
                setattr(self, name, getattr(self, name) + sign * value)
        for name, value in other.components.items():
            self.components[name] += sign * value
        for mine, others in (
            (self.committed, other.committed),
            (self.paid, other.paid),
            (self.requests, other.requests),
        ):
            for contract, amount in others.items():
                mine[contract] += sign * amount
        for year, amount in other.carried.items():
            self.carried[year] += sign * amount

    @property
    def budget(self) -> int:
        """Adjusted budget (domain-rules 2)."""
        return sum(-value if name in NEGATIVE else value for name, value in self.components.items())

    @property
    def disbursed(self) -> int:
        """A quota and the payments out of it count once (domain-rules 1), net of returns.

        What comes back is of direct payments first, then of authorised ones: it goes back to the
        quota, as far as there is one. What is more than both is taken off.
        """
        of_direct = min(self.taken_back, max(0, self.direct))
        of_authorised = min(self.taken_back - of_direct, max(0, self.authorised))
        paid = self.authorised - of_authorised
        once = max(self.quota, paid) if self.quota else paid
        beyond = self.taken_back - of_direct - of_authorised
        return self.given + self.direct - of_direct + once - beyond

    @cached_property
    def unpaid(self) -> int:
        """Commitments not yet paid, by contract: not below 0, not above what is signed.

        Ask only when all facts are entered.

        Money that came back and names no contract undoes payments that name none, then what was
        paid beyond a contract, and only then what was paid under one.
        """
        signed = {key: max(0, amount) for key, amount in self.committed.items() if key}
        paid = {key: max(0, amount) for key, amount in self.paid.items() if key}
        under = sum(min(amount, signed.get(key, 0)) for key, amount in paid.items())
        beyond = sum(paid.values()) - under
        pool, loose = max(0, self.committed.get(None, 0)), self.paid.get(None, 0)
        reopened = min(under, max(0, -loose - beyond))
        return sum(signed.values()) - under + reopened + pool - min(pool, max(0, loose))


@dataclass(frozen=True)
class Entry:
    """What one entry changed on one line."""

    fact: Fact
    change: Sums


@dataclass
class Book:
    """All money of a project and fiscal year at a date."""

    year: FiscalYear
    lines: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Funding lines, and what they are: what the budget facts that are charged to them say."""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    """What each line was, day by day, whether anything says what it is now or not."""
    sums: dict[str | None, Sums] = field(default_factory=lambda: defaultdict(Sums))
    """By line, known or not; None: no line was named."""
    months: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Net spending by index of the fiscal month."""
    approved_on: dt.date | None = None
    """First approval of a line of the year."""
    spanning: list[Fact] = field(default_factory=list)
    """Approvals whose period is not within one fiscal year."""
    entries: dict[str | None, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    """What changed each line's sums; in order of date only once all are entered."""
    moves: Sequence[Move] = ()
    """Corrections that count."""
    undistributed_judged: bool = False
    """Whether undistributed lines are judged as well (domain-rules 2)."""

    @property
    def judged_budget(self) -> int:
        """Adjusted budget of lines that are judged (domain-rules 2)."""
        return sum(sums.budget for line, sums in self.sums.items() if self.is_judged(line))

    def is_budgeted(self, line: str | None) -> bool:
        """Whether any budget fact is about a line, be it never approved."""
        return line in self.lines or any(
            entry.change.components for entry in self.entries.get(line, ())
        )

    def is_judged(self, line: str | None) -> bool:
        """Whether a line's execution is judged."""
        return self.undistributed_judged or not self.is_undistributed(line)

    def is_undistributed(self, line: str | None) -> bool:
        """Whether a line is known and still to be distributed."""
        return line in self.lines and bool(self.lines[line].get("undistributed", False))

    @cached_property
    def total(self) -> Sums:
        """All lines together; contracts are compared over the whole project."""
        total = Sums()
        for sums in self.sums.values():
            total.add(sums)
        # A quota and the payments out of it count once on each line, so lines are added up.
        total.given = sum(sums.disbursed for sums in self.sums.values())
        total.direct = total.quota = total.authorised = total.taken_back = 0
        return total


def document_key(document: Mapping[str, Any]) -> Document:
    """Give what identifies a document within its jurisdiction and year (domain-rules 4)."""
    return (document["kind"], document["number"], document.get("line"))


def in_one_year(data: Mapping[str, Any], year: FiscalYear) -> bool:
    """Whether the money's period lies within one fiscal year, be it another than it is stated for.

    Over two years it is not counted (`budget.approved`).
    """
    period = data.get("period")
    if period is None:
        return True
    first_day = f"{year.start:%m-%d}"
    ends = (fiscal_year_of(day(period[name]), first_day) for name in ("start", "end"))
    return len({each.year for each in ends}) == 1
