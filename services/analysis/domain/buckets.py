"""Day buckets: how a funding line's money is kept.

Per line one sparse mapping from `day << BUCKET_BITS | column` to fen (day: proleptic ordinal of
the business date), so that an event costs a few dictionary operations, any date can be asked
for, and the order of arrival does not matter.
"""

from typing import Final

BUCKET_BITS: Final = 5
COLUMN_MASK: Final = (1 << BUCKET_BITS) - 1

# Columns of a day bucket. All amounts are gross fen except virement and distributed (net).
PAID_TREASURY: Final = 0
PAID_ALLOCATION: Final = 1
PAID_OWN: Final = 2
REVERSED_TREASURY: Final = 3
REVERSED_ALLOCATION: Final = 4
REVERSED_OWN: Final = 5
ALLOCATED: Final = 6
ALLOCATION_RETURNED: Final = 7
QUOTA: Final = 8
"""Disbursed through another channel than allocation (授权支付额度)."""
QUOTA_RETURNED: Final = 9
PRIOR_YEAR_REFUND: Final = 10
COMMITTED: Final = 11
RELEASED: Final = 12
REQUESTED: Final = 13
ORIGINAL: Final = 14
CARRYOVER: Final = 15
SUPPLEMENT: Final = 16
PASSED_DOWN: Final = 17
CUT: Final = 18
RECOVERED: Final = 19
VIREMENT: Final = 20
DISTRIBUTED: Final = 21

# Not money: the last entry of that day that moved something; its position is one column on.
MONEY_SEQUENCE: Final = 22
MONEY_POSITION: Final = 23
BUDGET_SEQUENCE: Final = 24
BUDGET_POSITION: Final = 25
ALLOCATED_SEQUENCE: Final = 26
ALLOCATED_POSITION: Final = 27

# Kept in day 0 alone: running figures over all days that spare findings a sum in plain cases.
OUTFLOW: Final = 29
"""All payments and allocations, reversals not deducted: spending is never more."""
ALLOWANCE: Final = 30
"""All budget changes except approvals for an own period."""
LAST_RISE: Final = 31
"""Ordinal of the latest day on which the budget was raised."""
