"""What the treasury's own channel disbursed: a quota and the payments out of it count once.

A quota (授权支付额度) is disbursed when it is given; the authorised payments (授权支付) made out of
it are not disbursed again. What they exceed the quota by is: then the quota is not told, or not
fully told (domain-rules 1). Reversals do not say of which kind of payment they are: they take back
direct payments first, then authorised ones. Authorised payments below nothing, which corrections
took away before they came, draw on no quota: they are taken off (domain-rules 4).
"""

from collections.abc import Sequence
from typing import Any, Final

from contracts.events.intake import (
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    FundsReturned,
)
from contracts.vocabulary import Channel

AUTHORISED: Final = frozenset({"2", "02"})
"""Codes of pay_type that say: an authorised payment."""

_SPENT: Final = ExpenditureRecorded.event_type()
_REVERSED: Final = ExpenditureReversed.event_type()
_DISBURSED: Final = FundsDisbursed.event_type()
_RETURNED: Final = FundsReturned.event_type()


def treasury_disbursed(direct: int, authorised: int, came_back: int, quota: int) -> int:
    """Return what a line's treasury channel disbursed; all but quota gross, fen."""
    undone = _undone(came_back, direct, authorised)
    return direct - (came_back - undone) + max(quota, authorised - undone)


def _undone(came_back: int, direct: int, authorised: int) -> int:
    """Return how much of what came back were authorised payments."""
    return min(authorised, max(0, came_back - direct))


def is_treasury(kind: str, data: Any) -> bool:
    """Say whether a fact moves what the treasury's own channel disbursed."""
    return (
        kind in {_SPENT, _REVERSED, _DISBURSED, _RETURNED}
        and data.channel is Channel.TREASURY_PAYMENT
        and not getattr(data, "prior_year", False)
    )


def treasury_shares(facts: Sequence[tuple[str, Any]]) -> list[int]:
    """Return what each fact of one line's treasury channel adds, in their order, signed fen.

    Each adds the step that it makes on the way to `treasury_disbursed`: quotas what they raise
    the quota above nothing, authorised payments what they exceed the whole quota by.
    """
    direct = sum(data.amount for kind, data in facts if kind == _SPENT and not _drawn(data))
    authorised = sum(data.amount for kind, data in facts if kind == _SPENT and _drawn(data))
    covered = max(0, sum(_quota(kind, data) for kind, data in facts))
    quota = drawn = came_back = 0
    found: list[int] = []
    for kind, data in facts:
        before = max(0, quota) + max(0, drawn - covered)
        change = 0
        if kind in {_DISBURSED, _RETURNED}:
            quota += _quota(kind, data)
        elif kind == _REVERSED:
            undone = _undone(came_back + data.amount, direct, authorised)
            undone -= _undone(came_back, direct, authorised)
            came_back += data.amount
            drawn -= undone
            change = undone - data.amount
        elif _drawn(data):
            drawn += data.amount
        else:
            change = data.amount
        found.append(max(0, quota) + max(0, drawn - covered) - before + change)
    return found


def _drawn(data: Any) -> bool:
    return data.pay_type in AUTHORISED


def _quota(kind: str, data: Any) -> int:
    if kind == _RETURNED:
        return -int(data.amount)
    if kind != _DISBURSED:
        return 0
    return -data.amount if data.returned else int(data.amount)
