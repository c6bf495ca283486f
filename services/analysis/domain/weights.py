"""Weights of indicators: as given, else the defaults of domain-rules 15."""

from collections import Counter
from collections.abc import Sequence
from math import lcm
from typing import Final, NamedTuple

from contracts.vocabulary import IndicatorBehaviour, rate_bp
from services.analysis.domain.state import TargetTerms

WHOLE_BP: Final = 10_000

_OUTPUT: Final = "output"
_OUTCOME: Final = "outcome"
_SATISFACTION: Final = "satisfaction"

KINDS: Final = {
    IndicatorBehaviour.PROGRESS: _OUTPUT,
    IndicatorBehaviour.QUALITY: _OUTPUT,
    IndicatorBehaviour.TIMELINESS: _OUTPUT,
    IndicatorBehaviour.COST: _OUTPUT,
    IndicatorBehaviour.OUTCOME: _OUTCOME,
    IndicatorBehaviour.SATISFACTION: _SATISFACTION,
}
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
    kinds = [KINDS[terms.behaviour] for terms in indicators]
    counts = Counter(kinds)
    scale = lcm(*counts.values()) if counts else 1
    none_given = all(terms.weight_bp is None for terms in indicators)
    whole = sum(DEFAULTS_BP[kind] for kind in counts) if none_given else WHOLE_BP
    found = []
    for terms, kind in zip(indicators, kinds, strict=True):
        if terms.weight_bp is not None:
            found.append(Weight(terms.weight_bp * scale, terms.weight_bp, is_default=False))
        else:
            scaled = DEFAULTS_BP[kind] * (scale // counts[kind])
            found.append(Weight(scaled, rate_bp(scaled, whole * scale) or 0, is_default=True))
    return found
