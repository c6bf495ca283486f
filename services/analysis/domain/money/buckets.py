"""Day buckets: how a funding line's money is kept.

Per line one sparse mapping from `day << BUCKET_BITS | column` to fen (day: proleptic ordinal of
the business date), so that an event costs a few dictionary operations, any date can be asked
for, and the order of arrival does not matter.
"""

from collections.abc import Mapping
from typing import Final

BUCKET_BITS: Final = 5
COLUMN_MASK: Final = (1 << BUCKET_BITS) - 1

# Columns of a day bucket. All amounts are gross fen except the four that are said to be net.
PAID_DIRECT: Final = 0
"""Treasury payments other than authorised ones."""
PAID_AUTHORISED: Final = 1
"""授权支付: treasury payments out of a quota."""
PAID_ALLOCATION: Final = 2
PAID_OWN: Final = 3
REVERSED_TREASURY: Final = 4
REVERSED_ALLOCATION: Final = 5
REVERSED_OWN: Final = 6
ALLOCATED: Final = 7
ALLOCATION_RETURNED: Final = 8
QUOTA: Final = 9
"""授权支付额度, net: disbursed through the treasury's own channel."""
OTHER_DISBURSED: Final = 10
"""Disbursed through neither, net."""
PRIOR_YEAR_REFUND: Final = 11
COMMITTED: Final = 12
RELEASED: Final = 13
REQUESTED: Final = 14
ORIGINAL: Final = 15
CARRYOVER: Final = 16
SUPPLEMENT: Final = 17
PASSED_DOWN: Final = 18
CUT: Final = 19
RECOVERED: Final = 20
VIREMENT: Final = 21
"""Net."""
DISTRIBUTED: Final = 22
"""Net."""

CHARGED: Final = 0
"""The one column of money that a charge has: paid under its codes."""
USUAL_MARK: Final = 1
"""Of what is set aside on a line: the day's last payment under the line's usual codes before it,
as `mark` packs it."""
DISBURSED_MARK: Final = 2
"""Of what corrections moved on a line: the day's last that moved what was disbursed otherwise than
by allocation, as `mark` packs it."""

# Not money: the last entry of that day that moved something, as `mark` packs it.
MONEY_MARK: Final = 23
"""Of a line's own flows: that is no payment out of an allocation, see UNIT_MARK."""
BUDGET_MARK: Final = 24
ALLOCATED_MARK: Final = 25
UNIT_MARK: Final = 28
"""Of a line: a payment out of an allocation, or what came back of one. It moves no spending where
the allocation itself is expenditure."""

MOVED: Final = 26
"""Net spending that corrections moved on that day: money that was paid on other days."""
MOVED_AT_ONCE: Final = 27
"""The same as it counts where an allocation is expenditure."""

# Kept in day 0 alone: running figures over all days that spare findings a sum in plain cases.
OUTFLOW: Final = 29
"""All payments and allocations, reversals not deducted: spending is never more."""
ALLOWANCE: Final = 30
"""All budget changes except approvals for an own period."""
LAST_RISE: Final = 31
"""Ordinal of the latest day on which the budget was raised."""

POSITION_BITS: Final = 40
"""A partition of the ledger would take a century at 300 entries a second to fill them."""
_POSITION_MASK: Final = (1 << POSITION_BITS) - 1


def mark(sequence: int, position: int) -> int:
    """Pack where an entry stands into one number; of two the later entry's is greater."""
    return sequence << POSITION_BITS | position


def paid_mark(flows: Mapping[int, int], day: int) -> int:
    """Return the mark of a line's last payment or reversal of a day (shifted to its bucket)."""
    return max(flows.get(day | MONEY_MARK, 0), flows.get(day | UNIT_MARK, 0))


def place(packed: int) -> tuple[int, int]:
    """Return sequence and position of a mark."""
    return packed >> POSITION_BITS, packed & _POSITION_MASK
