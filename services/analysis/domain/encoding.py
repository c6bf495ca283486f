"""State to bytes and back: a version byte, then MessagePack."""

from typing import Any, Final, TypeVar

import msgspec

from services.analysis.domain.state import (
    Carried,
    Charge,
    Contract,
    Jurisdiction,
    Line,
    Organisation,
    ProjectHead,
    ProjectYear,
)

STATE_VERSION: Final = 23
"""Goes up with every change of the structures: other versions are rebuilt, not read."""

Kind = Jurisdiction | Organisation | ProjectHead | ProjectYear
State = TypeVar("State", Jurisdiction, Organisation, ProjectHead, ProjectYear)
Kept = TypeVar("Kept", Line, Contract, Charge, Carried)


class StateVersionError(Exception):
    """Stored state is of another version: the projection has to be rebuilt from the ledger."""


def encode_state(state: Kind) -> bytes:
    """Write state as a version byte and MessagePack; equal facts in equal order: equal bytes."""
    try:
        body = _ENCODER.encode(state)
    except OverflowError:
        # Only sums of thousands of largest amounts get here; they must not stop a partition.
        body = _ENCODER.encode(_narrowed(state))
    return _TAG + body


def decode_state(raw: bytes, kind: type[State]) -> State:
    """Read what `encode_state` wrote; StateVersionError if it is another version's."""
    if raw[:1] != _TAG:
        msg = f"state version {raw[:1]!r}, this release reads {_TAG!r}"
        raise StateVersionError(msg)
    state = _DECODERS[kind].decode(memoryview(raw)[1:])
    if kind is ProjectYear:
        _widen(state)
    return state  # type: ignore[no-any-return]


_TAG: Final = bytes([STATE_VERSION])
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODERS: Final[dict[type, Any]] = {
    kind: msgspec.msgpack.Decoder(kind)
    for kind in (Jurisdiction, Organisation, ProjectHead, ProjectYear)
}
_INT64_MAX: Final = 2**63 - 1


def _narrowed(state: Kind) -> Any:
    if not isinstance(state, ProjectYear):
        return state
    lines = {name: _narrowed_line(line) for name, line in state.lines.items()}
    return msgspec.structs.replace(state, lines=lines)


def _narrowed_line(line: Line) -> Line:
    contracts = {name: _narrowed_contract(contract) for name, contract in line.contracts.items()}
    charges = {name: _narrowed_flows(charge) for name, charge in line.charges.items()}
    recharged = {name: _narrowed_flows(charge) for name, charge in line.recharged.items()}
    carried = {from_year: _narrowed_flows(known) for from_year, known in line.carried.items()}
    supplements = {month: _narrowed_flows(known) for month, known in line.supplements.items()}
    disbursing = None if line.disbursing is None else _narrowed_flows(line.disbursing)
    corrections = None if line.corrections is None else _narrowed_flows(line.corrections)
    return msgspec.structs.replace(
        _narrowed_flows(line),
        contracts=contracts,
        charges=charges,
        carried=carried,
        disbursing=disbursing,
        corrections=corrections,
        supplements=supplements,
        recharged=recharged,
    )


def _narrowed_contract(contract: Contract) -> Contract:
    payees = {name: _narrowed_flows(charge) for name, charge in contract.payees.items()}
    return msgspec.structs.replace(_narrowed_flows(contract), payees=payees)


def _narrowed_flows(kept: Kept) -> Kept:
    wide = {key: str(fen) for key, fen in kept.flows.items() if abs(fen) > _INT64_MAX}
    if not wide:
        return kept
    # In their places: in which order facts came must not hang on when a state was stored.
    flows = {key: 0 if key in wide else fen for key, fen in kept.flows.items()}
    return msgspec.structs.replace(kept, flows=flows, wide=wide)


def _widen(year: ProjectYear) -> None:
    for line in year.lines.values():
        _widen_flows(line)
        for contract in line.contracts.values():
            _widen_flows(contract)
            for paid in contract.payees.values():
                _widen_flows(paid)
        for charge in (*line.charges.values(), *line.recharged.values()):
            _widen_flows(charge)
        for carried in (*line.carried.values(), *line.supplements.values()):
            _widen_flows(carried)
        if line.disbursing is not None:
            _widen_flows(line.disbursing)
        if line.corrections is not None:
            _widen_flows(line.corrections)


def _widen_flows(kept: Line | Contract | Charge | Carried) -> None:
    if kept.wide:
        kept.flows.update({key: int(text) for key, text in kept.wide.items()})
        kept.wide = {}
