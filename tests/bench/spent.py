"""What processes on a stack use of the processors."""

from collections.abc import Sequence
from typing import NamedTuple

import psutil

from deploy.local.stack import Stack


class Spent(NamedTuple):
    """Processor seconds."""

    own: float
    mongod: float

    def since(self, before: "Spent") -> "Spent":
        """Subtract what was spent before."""
        return Spent(self.own - before.own, self.mongod - before.mongod)


def cpu(stack: Stack, watched: Sequence[psutil.Process]) -> Spent:
    """Give the processor seconds so far, the processes' and mongod's."""
    times = [p.cpu_times() for p in (*watched, psutil.Process(stack.pid("mongo")))]
    *own, mongod = (each.user + each.system for each in times)
    return Spent(sum(own), mongod)
