"""Which port belongs to which part, and whether it is free."""

import dataclasses
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from deploy.local.errors import PortTakenError, UsageError

LOOPBACK = "127.0.0.1"
# Loopback too, and nobody listens there: what probes come from.
PROBE_ADDRESS = "127.0.0.2"
PORT_MIN = 1024
PORT_MAX = 65535
BLOCK_SIZE = 8
# From the first of a kind to the second, and so on, where there are several.
STRIDE = 10


@dataclass(frozen=True)
class Ports:
    """One port for each part of a stack; the defaults are those of the documentation."""

    kafka: int = 19092
    kafka_controller: int = 19093
    mongo: int = 27117
    console: int = 8100
    intake: int = 8101
    analysis: int = 8102
    alerts: int = 8103
    reporting: int = 8104
    stride: int = field(default=STRIDE, kw_only=True)
    """From a part's port to that of the next of its kind; not a port itself."""

    @classmethod
    def starting_at(cls, first: int) -> Self:
        """Give a block of consecutive ports, in the order of the fields above."""
        if not PORT_MIN <= first <= PORT_MAX - BLOCK_SIZE + 1:
            message = (
                f"--ports-from {first} is out of range {PORT_MIN} to {PORT_MAX - BLOCK_SIZE + 1}"
            )
            raise UsageError(message)
        return cls(*range(first, first + BLOCK_SIZE), stride=BLOCK_SIZE)

    def of(self, part: str, number: int = 1) -> int:
        """Give the port of a part by its kind, and by its number where there are several."""
        return int(dataclasses.asdict(self)[part]) + (number - 1) * self.stride


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Without it, connections that a stopped stack left in TIME_WAIT would look like a server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def require_free(ports: Mapping[str, int]) -> None:
    """Raise with the names of all parts whose port is taken, before anything is started."""
    taken = [f"{port} ({part})" for part, port in ports.items() if not is_free(port)]
    if taken:
        message = (
            f"already in use: port {', port '.join(taken)}. "
            "Stop the program that listens there (another `dualwatch up`?), "
            f"or choose {BLOCK_SIZE} other ports with --ports-from N."
        )
        raise PortTakenError(message)
