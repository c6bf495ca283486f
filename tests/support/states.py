"""What tests compare of analysis' states."""

import msgspec

from services.analysis.domain import ProjectHead, ProjectYear, encode_state


def facts_alone(state: ProjectHead | ProjectYear) -> bytes:
    """Write a state without what is counted of its entries' bytes: the pure fold is not told it."""
    return encode_state(msgspec.structs.replace(state, grown=0))
