"""The theatre of the deterministic level."""

from tests.deterministic.conftest import steady_clock, theatre
from tests.support.stack import shared_stack

__all__ = ["shared_stack", "steady_clock", "theatre"]
