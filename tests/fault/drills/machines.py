"""Machines with a network between them: namespaces of Linux on a bridge, for those who are root.

Each machine is a network namespace with one cable (a veth pair) to a switch (a bridge), and an
address of its own. A machine is unplugged by taking its cable's far end down, which nobody on
either side is told; one way alone is lost by giving a machine a wrong hardware address for
another, so that what it sends goes nowhere while what it is sent still comes.

A keeper, a process of its own (`python -m tests.fault.drills.machines PREFIX COUNT NET`), lays all
that and takes it away when its standard input ends: also when whoever laid it was killed.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
NOWHERE: Final = "02:00:00:00:00:01"
"""A hardware address that no machine has."""
CLOSE_SECONDS: Final = 20.0
NETS: Final = 256
"""Networks of 198.18.0.0/16, which is for tests (RFC 2544)."""
DEVICE: Final = "uplink"
READY: Final = "ready"


@dataclass(frozen=True)
class Machines:
    """Machines that are there; numbers count from 1."""

    prefix: str
    count: int
    net: int

    def address(self, number: int) -> str:
        """Give a machine's address; 254 is whoever laid it all."""
        return f"198.18.{self.net}.{number}"

    def inside(self, number: int, argv: Sequence[str]) -> tuple[str, ...]:
        """Give the command that runs another one on a machine."""
        return ("ip", "netns", "exec", self.namespace(number), *argv)

    def namespace(self, number: int) -> str:
        """Give the name of its namespace."""
        return f"{self.prefix}-{number}"

    def cable(self, number: int) -> str:
        """Give the far end of its cable."""
        return f"{self.prefix}{number}"

    def unplug(self, number: int) -> None:
        """Cut a machine off from all others."""
        ip("link", "set", self.cable(number), "down")

    def plug(self, number: int) -> None:
        """Put it back."""
        ip("link", "set", self.cable(number), "up")

    def unplugged(self, number: int) -> int:
        """Count how often its cable was lost."""
        file = Path("/sys/class/net") / self.cable(number) / "carrier_down_count"
        return int(file.read_text(encoding="utf-8"))

    def silence(self, number: int, towards: int) -> None:
        """Lose what a machine sends to another; the other way goes on."""
        there = ("neigh", "replace", self.address(towards), "lladdr", NOWHERE)
        self._ip(number, *there, "nud", "permanent", "dev", DEVICE)

    def speak(self, number: int, towards: int) -> None:
        """Let it come through again."""
        self._ip(number, "neigh", "del", self.address(towards), "dev", DEVICE)

    def sent_again(self, number: int) -> int:
        """Count the segments that a machine had to send again, since it is there."""
        text = self._run(number, "cat", "/proc/net/snmp")
        names, values = [line.split() for line in text.splitlines() if line.startswith("Tcp:")]
        return int(dict(zip(names, values, strict=True))["RetransSegs"])

    def lay(self) -> None:
        """Make switch, machines and cables."""
        switch = f"{self.prefix}sw"
        ip("link", "add", switch, "type", "bridge")
        ip("address", "add", f"{self.address(254)}/24", "dev", switch)
        ip("link", "set", switch, "up")
        for number in range(1, self.count + 1):
            name, cable = self.namespace(number), self.cable(number)
            ip("netns", "add", name)
            ip("link", "add", cable, "type", "veth", "peer", "name", DEVICE, "netns", name)
            ip("link", "set", cable, "master", switch, "up")
            self._ip(number, "address", "add", f"{self.address(number)}/24", "dev", DEVICE)
            self._ip(number, "link", "set", DEVICE, "up")
            self._ip(number, "link", "set", "lo", "up")

    def clear(self) -> None:
        """Take everything away that is there; a cable goes with its machine."""
        for number in range(1, self.count + 1):
            with contextlib.suppress(subprocess.CalledProcessError):
                ip("netns", "delete", self.namespace(number))
            with contextlib.suppress(subprocess.CalledProcessError):
                ip("link", "delete", self.cable(number))
        with contextlib.suppress(subprocess.CalledProcessError):
            ip("link", "delete", f"{self.prefix}sw")

    def left(self) -> list[str]:
        """Name what is still there."""
        found = _said("ip", "netns", "list") + _said("ip", "-brief", "link")
        return [line for line in found.splitlines() if line.startswith(self.prefix)]

    def _ip(self, number: int, *words: str) -> None:
        ip("-n", self.namespace(number), *words)

    def _run(self, number: int, *words: str) -> str:
        return _said(*self.inside(number, words))


def reason_against_now() -> str:
    """Say why there can be no machines here, as far as that is seen without trying."""
    if os.geteuid() != 0:
        return "only root may lay networks"
    return "" if shutil.which("ip") else "the command ip (package iproute2) is not there"


def reason_against() -> str:
    """Say why there can be no machines here; empty: there can."""
    if reason := reason_against_now():
        return reason
    tried = Machines(f"dw{secrets.token_hex(3)}", 1, secrets.randbelow(NETS))
    try:
        tried.lay()
    except subprocess.CalledProcessError as error:
        return f"the kernel refuses: {error.stderr.strip()}"
    finally:
        tried.clear()
    return ""


@contextlib.contextmanager
def machines(count: int) -> Iterator[Machines]:
    """Have so many machines; a keeper takes them away, whatever becomes of this process."""
    found = Machines(f"dw{secrets.token_hex(3)}", count, secrets.randbelow(NETS))
    with subprocess.Popen(
        [sys.executable, "-m", __name__, found.prefix, str(count), str(found.net)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeper:
        try:
            assert keeper.stdout is not None
            assert keeper.stdout.readline().strip() == READY
            yield found
        finally:
            keeper.communicate(timeout=CLOSE_SECONDS)


def ip(*words: str) -> None:
    """Run `ip`."""
    _said("ip", *words)


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main(arguments: Sequence[str]) -> None:
    """Keep machines until nobody wants them any more."""
    prefix, count, net = arguments
    kept = Machines(prefix, int(count), int(net))
    try:
        kept.lay()
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        kept.clear()


if __name__ == "__main__":
    main(sys.argv[1:])
