"""Money figures as sums of facts: what each adds, on its line, to the fen."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from contracts.events.analysis import Money
from contracts.events.intake import (
    CommitmentRecorded,
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    FundsReturned,
)
from services.analysis.domain.calendar import FiscalCalendar
from services.analysis.domain.money.contract_sums import ContractSums
from services.analysis.domain.money.disbursing import (
    AUTHORISED,
    is_treasury,
    treasury_disbursed,
    treasury_shares,
)
from services.analysis.domain.money.figures import LineSums, spans_years
from services.analysis.domain.why.pieces import Piece
from services.analysis.domain.why.shares import SHARES, Share, gives_back

UNCOMMITTED: Final = "uncommitted_balance"
DISBURSED: Final = "disbursed"

VALUES: Final[Mapping[str, Callable[[Money], int]]] = {
    "adjusted_budget": lambda money: money.adjusted_budget,
    "original_budget": lambda money: money.components.original,
    "carryover": lambda money: money.components.carryover,
    "supplement": lambda money: money.components.supplement,
    "passed_down": lambda money: money.components.passed_down,
    "budget_cut": lambda money: money.components.cut,
    "recovered": lambda money: money.components.recovered,
    "virement": lambda money: money.components.virement,
    "distributed": lambda money: money.components.distributed,
    DISBURSED: lambda money: money.disbursed,
    "spent": lambda money: money.spent,
    "reversed": lambda money: money.reversed,
    "prior_year_refunds": lambda money: money.prior_year_refunds,
    "committed": lambda money: money.committed,
    "requested": lambda money: money.requested,
    "balance": lambda money: money.balance,
    UNCOMMITTED: lambda money: money.uncommitted_balance,
}
"""Money figures that can be explained, and where they stand."""

_SPENT: Final = ExpenditureRecorded.event_type()
_REVERSED: Final = ExpenditureReversed.event_type()
_DISBURSED: Final = FundsDisbursed.event_type()
_RETURNED: Final = FundsReturned.event_type()
_COMMITTED: Final = CommitmentRecorded.event_type()

_MORE_RETURNED: Final = "授权支付额度: not below nothing, more was returned than given"
_NOT_COUNTED: Final[Mapping[str, str]] = {
    _SPENT: "授权支付额度内: counted with the quota",
    _REVERSED: "授权支付额度内: goes back to the quota",
    _DISBURSED: _MORE_RETURNED,
    _RETURNED: _MORE_RETURNED,
}
"""Why an entry adds less to disbursed than its amount."""
_OWED: Final = "未付承诺: what is still owed changes by {owed}, the balance by {balance}"
"""Why an entry adds something else to the uncommitted balance than its amount."""


class Added(NamedTuple):
    """What one piece adds to a figure, fen, and why that is not its amount."""

    piece: Piece
    amount: int
    remark: str = ""


def additions(
    figure: str, known: Sequence[Piece], lines: Iterable[LineSums], calendar: FiscalCalendar
) -> list[Added]:
    """List what each piece adds to a money figure, in their order; the sum is the figure."""
    at_once = {sums.line for sums in lines if sums.at_once}
    contexts = [
        Share(at_once=piece.line in at_once, spans_years=_spans(calendar, piece.data))
        for piece in known
    ]
    if figure == UNCOMMITTED:
        return _uncommitted(known, contexts)
    counted = _quotas(known) if figure == DISBURSED else {}
    share = SHARES[figure]
    found = []
    for place, (piece, context) in enumerate(zip(known, contexts, strict=True)):
        amount = share(piece.kind, piece.data, context)
        if amount is None:
            continue
        amount *= piece.sign
        adds = counted.get(place, amount)
        found.append(Added(piece, adds, "" if adds == amount else _NOT_COUNTED[piece.kind]))
    return found


def _spans(calendar: FiscalCalendar, data: Any) -> bool:
    period = getattr(data, "period", None)
    if period is None:
        return False
    return spans_years(calendar, period.start.toordinal(), period.end.toordinal())


def _quotas(known: Sequence[Piece]) -> dict[int, int]:
    """By place: what the facts of the treasury's own channel add to disbursed, line by line."""
    by_line: dict[str, list[int]] = {}
    for place, piece in enumerate(known):
        if is_treasury(piece.kind, piece.data):
            by_line.setdefault(piece.line, []).append(place)
    found: dict[int, int] = {}
    for places in by_line.values():
        facts = [known[place] for place in places]
        if any(piece.moved for piece in facts):
            shares = _steps(facts)
        else:
            shares = treasury_shares([(piece.kind, piece.data) for piece in facts])
        found.update(zip(places, shares, strict=True))
    return found


def _steps(facts: Iterable[Piece]) -> list[int]:
    """Return by how much each fact raises what the channel disbursed, where some are moved."""
    direct = authorised = back = quota = before = 0
    found = []
    for piece in facts:
        amount = piece.sign * piece.data.amount
        if piece.kind in {_DISBURSED, _RETURNED}:
            quota += -amount if gives_back(piece.kind, piece.data) else amount
        elif piece.kind == _REVERSED:
            back += amount
        elif piece.data.pay_type in AUTHORISED:
            authorised += amount
        else:
            direct += amount
        now = treasury_disbursed(direct, authorised, back, quota)
        found.append(now - before)
        before = now
    return found


def _uncommitted(known: Sequence[Piece], contexts: Sequence[Share]) -> list[Added]:
    """Take from each piece's share of the balance what it changes of what is owed."""
    owed, before, found = _Owed(), 0, []
    balance, spent = SHARES["balance"], SHARES["spent"]
    for piece, context in zip(known, contexts, strict=True):
        moves = balance(piece.kind, piece.data, context)
        pays = spent(piece.kind, piece.data, context)
        owed.take(piece, 0 if pays is None else piece.sign * pays)
        now = owed.amount()
        change, before = now - before, now
        if moves is None and piece.kind != _COMMITTED and not change:
            continue
        moved = piece.sign * (moves or 0)
        remark = "" if not change else _OWED.format(owed=_yuan(change), balance=_yuan(moved))
        found.append(Added(piece, moved - change, remark))
    return found


def _yuan(fen: int) -> str:
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else '+'}{yuan}.{rest:02d}"


@dataclass(slots=True)
class _Owed:
    """What is owed by contract and for what names none, kept up as facts come (rule 3)."""

    contracts: dict[str, ContractSums] = field(default_factory=dict)
    committed: int = 0
    """Of what names no contract."""
    spent: int = 0
    """The same."""
    owed: int = 0
    overpaid: int = 0
    settled: int = 0

    def take(self, piece: Piece, spent: int) -> None:
        """Take in a fact; `spent`: what of it is spending."""
        kind, data = piece.kind, piece.data
        # Problems and measures may name no amount; they owe nothing either.
        amount = piece.sign * (getattr(data, "amount", None) or 0)
        committed = 0
        if kind == _COMMITTED:
            committed = -amount if data.released else amount
        pays = kind == _SPENT or (kind == _REVERSED and not data.prior_year)
        contract = getattr(data, "contract", None) if committed or pays else None
        if contract is None:
            self.committed += committed
            self.spent += spent
            return
        sums = self.contracts.setdefault(contract, ContractSums())
        self._count(sums, -1)
        sums.committed += committed
        if pays:
            sums.paid += amount if kind == _SPENT else -amount
            sums.spent += spent
        self._count(sums, 1)

    def _count(self, sums: ContractSums, sign: int) -> None:
        signed = max(0, sums.committed)
        self.owed += sign * max(0, signed - max(0, sums.paid))
        self.overpaid += sign * max(0, sums.paid - signed)
        self.settled += sign * max(0, min(signed, sums.paid))

    def amount(self) -> int:
        """Return what is owed in all, as `commitments.unpaid_commitments` has it."""
        reopened = min(max(0, -self.spent - self.overpaid), self.settled)
        return self.owed + reopened + max(0, self.committed - max(0, self.spent))
