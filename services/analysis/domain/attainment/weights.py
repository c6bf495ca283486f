"""Weights of indicators: as given, else the defaults of domain-rules 15."""

from collections.abc import Sequence
from math import lcm
from typing import Final, NamedTuple

from contracts.vocabulary import IndicatorBehaviour, rate_bp
from services.analysis.domain.state import TargetTerms

WHOLE_BP: Final = 10_000

_OUTPUT: Final = "output"
_OUTCOME: Final = "outcome"
_SATISFACTION: Final = "satisfaction"

DEFAULTS_BP: Final = {_OUTPUT: 5_000, _OUTCOME: 3_000, _SATISFACTION: 1_000}
"""Weight of a kind where none is given, shared equally by its indicators."""


class Weight(NamedTuple):
    """One indicator's weight."""

    scaled: int
    """Exact, in parts that are the same for all indicators of the project."""
    bp: int
    """As shown, rounded half up once."""
    is_default: bool
    """Whether it was given by domain-rules 15."""


def weights(indicators: Sequence[TargetTerms]) -> list[Weight]:
    """Return the weight of each indicator, before renormalising to those that are judged.

    Where no weight is given the defaults are normalised to the kinds there are; beside given
    ones a missing weight is its share of its kind's default, as it stands.
    """
    kinds = [_kind(terms.behaviour) for terms in indicators]
    counts = {kind: kinds.count(kind) for kind in DEFAULTS_BP if kind in kinds}
    scale = lcm(*counts.values())
    none_given = not any(terms.weight_bp is not None for terms in indicators)
    whole = sum(DEFAULTS_BP[kind] for kind in counts) if none_given else WHOLE_BP
    defaults = {}
    for kind, count in counts.items():
        scaled = DEFAULTS_BP[kind] * (scale // count)
        shown = rate_bp(scaled, whole * scale) or 0
        defaults[kind] = Weight(scaled, shown, is_default=True)
    return [
        defaults[kind]
        if terms.weight_bp is None
        else Weight(terms.weight_bp * scale, terms.weight_bp, is_default=False)
        for terms, kind in zip(indicators, kinds, strict=True)
    ]


def _kind(behaviour: IndicatorBehaviour) -> str:
    if behaviour is IndicatorBehaviour.OUTCOME:
        return _OUTCOME
    return _SATISFACTION if behaviour is IndicatorBehaviour.SATISFACTION else _OUTPUT
