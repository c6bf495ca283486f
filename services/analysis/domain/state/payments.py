"""Payments of the last days, as far as suspicions take them (domain-rules 17d).

Single payments are forgotten after a few days, what is suspicious is kept: bounded, whatever a
publisher sends. What comes later than that about a forgotten day is not suspected.
"""

import msgspec


class Payments(msgspec.Struct, array_like=True):
    """What suspicions are made of."""

    latest: int = 0
    """Ordinal of the latest business day paid on."""
