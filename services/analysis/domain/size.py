"""How large what is kept of a project may grow.

Lines, contracts, days and documents are named by publishers. One that names a new one with every
payment (line ids made of voucher numbers, say) would make one document grow until MongoDB took it
no more, and with it its partition would stop. So from time to time a state's size is looked at; one
that is full takes nothing in any more, and says so.

When it is looked at hangs on the entries alone, not on how they are batched: a rebuild comes to the
same.
"""

from typing import Final

from services.analysis.domain.encoding import encode_state
from services.analysis.domain.state import Entry, ProjectHead, ProjectYear

STATE_BYTES_MAX: Final = 2 * 1024 * 1024
"""A state is full once it was seen to be larger, as it is stored: after some 14,000 funding lines
of one project and year with a budget and a payment each, or 58,000 contracts with a payment each.
An assessment of such a one takes half a second to a second, during which its process does nothing
else."""
LOOK_BYTES: Final = 256 * 1024
"""A state's size is looked at after so many bytes of entries. An entry makes it grow by less than
four times its own bytes, so that between two looks no document comes near to MongoDB's 16 MB."""

State = ProjectHead | ProjectYear


def look(state: State, bytes_max: int = STATE_BYTES_MAX) -> None:
    """See whether a state is full, now that `LOOK_BYTES` of entries have come since the last look.

    It knows how far it is folded: that too is part of its size.
    """
    state.grown = 0
    state.full = len(encode_state(state)) > bytes_max


def leave_out(state: State, entry: Entry) -> bool:
    """Count an entry that came after a state was full; give whether it is the first."""
    state.left_out += 1
    state.left_out_upto = entry.position
    if state.left_out == 1:
        state.left_out_from = entry.sequence
    return state.left_out == 1
