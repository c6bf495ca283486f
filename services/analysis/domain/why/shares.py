"""What one fact adds to each money figure: the second, independent telling of domain-rules 1-3.

The folds sum by columns; `why` adds up facts by these functions. Tests hold both together.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from contracts.events.intake import (
    BalanceRecovered,
    BudgetAdjusted,
    BudgetApproved,
    CarryoverRegistered,
    CommitmentRecorded,
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    FundsReturned,
    PaymentRequested,
)
from contracts.vocabulary import AdjustmentKind, BudgetOrigin, Channel, Flow

_APPROVED: Final = BudgetApproved.event_type()
_ADJUSTED: Final = BudgetAdjusted.event_type()
_CARRIED: Final = CarryoverRegistered.event_type()
_COMMITTED: Final = CommitmentRecorded.event_type()
_REQUESTED: Final = PaymentRequested.event_type()
_SPENT: Final = ExpenditureRecorded.event_type()
_REVERSED: Final = ExpenditureReversed.event_type()
_DISBURSED: Final = FundsDisbursed.event_type()
_RETURNED: Final = FundsReturned.event_type()
_RECOVERED: Final = BalanceRecovered.event_type()

_DISBURSING: Final = frozenset({_DISBURSED, _RETURNED})
_MINUS: Final = frozenset({AdjustmentKind.CUT, AdjustmentKind.RECOVERY})


class Share(NamedTuple):
    """What has to be known beside the fact itself."""

    at_once: bool
    """Its line's allocations are expenditure."""
    spans_years: bool
    """It approves money for more than one fiscal year: recorded, not counted."""


Rule = Callable[[str, Any, Share], int | None]
"""(type, data, context) → signed fen; None: the fact is no part of the figure."""


def _original(kind: str, data: Any, context: Share) -> int | None:
    if kind != _APPROVED or context.spans_years or data.origin is BudgetOrigin.CARRYOVER:
        return None
    return int(data.amount)


def _adjusted(kind: str, data: Any, context: Share) -> int | None:
    if kind == _CARRIED:
        return int(data.amount)
    if kind == _RECOVERED:
        return -int(data.amount)
    if kind == _APPROVED:
        return None if context.spans_years else int(data.amount)
    if kind != _ADJUSTED:
        return None
    minus = data.adjustment_kind in _MINUS or data.direction is Flow.OUT
    return -data.amount if minus else int(data.amount)


def gives_back(kind: str, data: Any) -> bool:
    """Say whether a fact about disbursing takes back: either form of a return does."""
    return kind == _RETURNED or bool(data.returned)


def _spent(kind: str, data: Any, context: Share) -> int | None:
    if kind in _DISBURSING:
        if not context.at_once or data.channel is not Channel.ALLOCATION:
            return None
        return -data.amount if gives_back(kind, data) else int(data.amount)
    if kind not in {_SPENT, _REVERSED} or (kind == _REVERSED and data.prior_year):
        return None
    if context.at_once and data.channel is Channel.ALLOCATION:
        return None
    return int(data.amount) if kind == _SPENT else -data.amount


def _reversed(kind: str, data: Any, context: Share) -> int | None:
    part = _spent(kind, data, context)
    back = kind == _REVERSED or (kind in _DISBURSING and gives_back(kind, data))
    return -part if part is not None and back else None


def _disbursed(kind: str, data: Any, _: Share) -> int | None:
    """On its own; beside a quota `treasury_shares` tells what it adds."""
    if kind in _DISBURSING:
        return -data.amount if gives_back(kind, data) else int(data.amount)
    if kind not in {_SPENT, _REVERSED} or data.channel is not Channel.TREASURY_PAYMENT:
        return None
    if kind == _REVERSED:
        return None if data.prior_year else -data.amount
    return int(data.amount)


def _prior_year(kind: str, data: Any, _: Share) -> int | None:
    return int(data.amount) if kind == _REVERSED and data.prior_year else None


def _committed(kind: str, data: Any, _: Share) -> int | None:
    if kind != _COMMITTED:
        return None
    return -data.amount if data.released else int(data.amount)


def _carryover(kind: str, data: Any, context: Share) -> int | None:
    if kind == _CARRIED:
        return int(data.amount)
    if kind != _APPROVED or context.spans_years or data.origin is not BudgetOrigin.CARRYOVER:
        return None
    return int(data.amount)


def _recovered(kind: str, data: Any, context: Share) -> int | None:
    if kind == _RECOVERED:
        return int(data.amount)
    return _adjustment(AdjustmentKind.RECOVERY)(kind, data, context)


def _adjustment(wanted: AdjustmentKind) -> Rule:
    """Make the rule of one component: as it is shown, a cut is what was cut."""

    def rule(kind: str, data: Any, _: Share) -> int | None:
        if kind != _ADJUSTED or data.adjustment_kind is not wanted:
            return None
        return -data.amount if data.direction is Flow.OUT else int(data.amount)

    return rule


def _balance(kind: str, data: Any, context: Share) -> int | None:
    """Budget as it is, spending with the other sign."""
    budget, paid = _adjusted(kind, data, context), _spent(kind, data, context)
    if budget is None and paid is None:
        return None
    return (budget or 0) - (paid or 0)


def _requested(kind: str, data: Any, _: Share) -> int | None:
    return int(data.amount) if kind == _REQUESTED else None


SHARES: Final[Mapping[str, Rule]] = {
    "adjusted_budget": _adjusted,
    "original_budget": _original,
    "disbursed": _disbursed,
    "spent": _spent,
    "reversed": _reversed,
    "prior_year_refunds": _prior_year,
    "committed": _committed,
    "requested": _requested,
    "carryover": _carryover,
    "supplement": _adjustment(AdjustmentKind.SUPPLEMENT),
    "passed_down": _adjustment(AdjustmentKind.PASSED_DOWN),
    "budget_cut": _adjustment(AdjustmentKind.CUT),
    "recovered": _recovered,
    "virement": _adjustment(AdjustmentKind.VIREMENT),
    "distributed": _adjustment(AdjustmentKind.DISTRIBUTED),
    "balance": _balance,
}
"""Figure → what a fact adds to it."""
