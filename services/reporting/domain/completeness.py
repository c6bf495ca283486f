"""How complete the data are that a report rests on (domain-rules 24)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.vocabulary import SignedAmount
from services.reporting.domain.tally import Tally


@dataclass(frozen=True)
class OffBalance:
    """Batches of virements 调剂 and distributions 分配 that do not balance (domain-rules 2).

    A wrong or missing side makes adjusted budgets wrong, and every rate on them.
    """

    batches: int
    """How many of the fiscal year have a side in the report's projects; a summary's: all."""
    amount: SignedAmount | None
    """By how much they are at odds, in − out of each without its sign; null: of none is it told."""
    counted_to: dt.date | None
    """Opened day up to whose beginning the ledger is counted; null: none was opened yet."""
    more: bool = False
    """Whether there are more than were looked through: at least so many."""
    amount_part: bool = False
    """Whether not all of them are in the amount: at least so much."""


@dataclass(frozen=True)
class Known:
    """What others know of their data when it is asked."""

    publishers: Mapping[str, dt.date]
    """Publisher → last opened day on which it was heard."""
    quarantined: Mapping[str, int] | None = None
    """Subject → facts about it that wait in the quarantine; null: it was not asked."""
    more: bool = False
    """Whether more wait there than were looked through: `quarantined` is of those."""
    amounts: Mapping[str, int] = field(default_factory=dict)
    """Subject → what the payments among them say was spent, fen."""
    amounts_part: bool = False
    """Whether there were payments whose amount was not read: there are more, or it is none."""
    vouchers: Mapping[str, dt.date] = field(default_factory=dict)
    """Publisher → latest day that a payment it stated is dated."""
    off_balance: OffBalance | None = None
    """Batches that do not balance; null: it was not asked, or cannot be told yet."""


@dataclass(frozen=True)
class PublisherLine:
    """How far a publisher's facts go (domain-rules 24)."""

    publisher: str
    last_heard_on: dt.date | None
    """Last opened day on which its facts arrived; null: never while a day was open."""
    last_voucher_on: dt.date | None = None
    """Latest day that a payment it stated is dated 最后凭证日期; null: none was, or unknown."""


@dataclass(frozen=True)
class Completeness:
    """What is missing or open in the data, and how long it took to issue."""

    cut_off: dt.date
    issued_on: dt.date
    """Last opened day when it was made."""
    days_to_issue: int
    """From the cut-off to the day it was made."""
    forms: int
    frozen: int
    """Forms whose frozen edition was added up."""
    live: int
    """Forms of which the figures as they stand were added up."""
    disputed: int
    """Figures disputed on forms."""
    undistributed: SignedAmount
    """Adjusted budget of lines not yet distributed 待分配."""
    late_facts: int
    silent: int
    """Projects whose publisher has been silent too long (domain-rules 17f)."""
    quarantined: int | None
    """Facts in the quarantine about the report's projects, a summary's about all; null: unknown."""
    publishers: tuple[PublisherLine, ...]
    quarantined_more: bool = False
    """Whether there are more than were looked through: at least so many."""
    quarantined_amount: SignedAmount | None = None
    """What the payments among them say was spent; null: unknown."""
    quarantined_amount_part: bool = False
    """Whether not all of their amounts were read: at least so much."""
    off_balance: OffBalance | None = None
    """Batches that do not balance; null: unknown, as in what was frozen before it was asked."""


def completeness_of(
    tally: Tally, known: Known, *, cut_off: dt.date, issued_on: dt.date
) -> Completeness:
    """Put together what is known of completeness."""
    return Completeness(
        cut_off=cut_off,
        issued_on=issued_on,
        days_to_issue=(issued_on - cut_off).days,
        forms=tally.filing.forms,
        frozen=tally.filing.frozen,
        live=tally.filing.forms - tally.filing.frozen,
        disputed=tally.filing.disputed,
        undistributed=tally.undistributed,
        late_facts=tally.late_facts,
        silent=tally.silent,
        quarantined=None if known.quarantined is None else sum(known.quarantined.values()),
        publishers=tuple(
            PublisherLine(name, known.publishers.get(name), known.vouchers.get(name))
            for name in sorted({*known.publishers, *known.vouchers})
        ),
        quarantined_more=known.more,
        quarantined_amount=None if known.quarantined is None else sum(known.amounts.values()),
        quarantined_amount_part=known.amounts_part,
        off_balance=known.off_balance,
    )
