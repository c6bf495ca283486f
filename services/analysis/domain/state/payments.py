"""Payments of the last days, as far as suspicions take them (domain-rules 17d).

Single payments are forgotten after a few days, what may be suspicious is kept: bounded, whatever
a publisher sends. What comes later than that about a forgotten day is not suspected.
"""

import msgspec


class Paid(msgspec.Struct, array_like=True, gc=False):
    """One payment large enough to be suspected."""

    day: int
    """Ordinal of its business day."""
    amount: int
    """Fen."""
    sequence: int
    """Its entry."""
    position: int
    """Where the entry stands in the ledger partition."""
    line: str
    """Line it was charged to; NO_LINE: none."""
    paper: str
    """Its document, as `paper_of` writes it; empty: none."""


Groups = dict[int, dict[str, list[Paid]]]
"""Business day → payee → payments, in the ledger's order."""


class Payments(msgspec.Struct, array_like=True, gc=False):
    """What suspicions are made of."""

    recent: Groups = {}
    """Payments of the last few business days paid on."""
    watched: int = 0
    """How many those are."""
    kept: Groups = {}
    """Of earlier days: payments to one payee on one day that may be suspicious together."""
    rounds: list[Paid] = []
    """Round sums, the largest first."""
    returned: dict[str, dict[int, int]] = {}
    """Document → day → fen that came back of it."""
    suspect: int = 0
    """Sequence of the last payment that may be suspicious with what was there before."""
    pay: dict[int, list[tuple[int, bool]]] = {}
    """Entry → from which day on it is pay, or pay no more, as corrections say it one by one."""
    moved: dict[int, list[tuple[int, str]]] = {}
    """Entry → from which day on it is charged to which line, as corrections say it one by one."""
