"""One whole stack for all that asks real processes; its files run in one process (`sharing.py`)."""

from tests.support.stack import whole_stack

__all__ = ["whole_stack"]
