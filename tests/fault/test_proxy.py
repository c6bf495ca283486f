"""The harness's own proxy: what passes, what is cut, swallowed and delayed, and that it counts."""

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.fault.net.network import Network
from tests.fault.net.proxy import Mode
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

NAME = "echo"
SHORT_SECONDS = 0.5


class Echo(socketserver.BaseRequestHandler):
    """Sends back what comes."""

    def handle(self) -> None:
        """Until the other side ends."""
        while content := self.request.recv(4096):
            self.request.sendall(content)


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Where the proxy is to listen, and where an echo does."""
    first = free_ports_from()
    with socketserver.ThreadingTCPServer(("127.0.0.1", first + 1), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield first, first + 1
        server.shutdown()


def connected(port: int) -> socket.socket:
    """Connect, with a short patience."""
    return socket.create_connection(("127.0.0.1", port), timeout=SHORT_SECONDS)


def echoed(connection: socket.socket, content: bytes) -> bytes:
    """Send and receive."""
    connection.sendall(content)
    return connection.recv(len(content))


def test_each_mode_does_and_counts_what_it_says(ports: tuple[int, int]) -> None:
    """A cut resets, a hole swallows and never answers, a delay holds back."""
    with Network({NAME: ports}) as network:
        with connected(ports[0]) as whole:
            assert echoed(whole, b"one") == b"one"

            network.set(NAME, Mode.CUT)
            with pytest.raises(ConnectionResetError):
                whole.recv(1)
            assert network.counts(NAME).cut == 1

        network.set(NAME, Mode.HOLE)
        with connected(ports[0]) as silent, pytest.raises(TimeoutError):
            echoed(silent, b"four")
        assert eventually(lambda: network.counts(NAME).swallowed_bytes) == len(b"four")

        network.set(NAME, Mode.DELAY, 0.01)
        with connected(ports[0]) as slow:
            assert echoed(slow, b"three") == b"three"
        assert network.counts(NAME).delayed_bytes >= len(b"three")

        network.heal()
        with connected(ports[0]) as again:
            assert echoed(again, b"two") == b"two"


def test_a_connection_that_lost_bytes_never_goes_on(ports: tuple[int, int]) -> None:
    """Once a hole has swallowed something, healing resets the connection."""
    with Network({NAME: ports}) as network, connected(ports[0]) as torn:
        assert echoed(torn, b"one") == b"one"
        network.set(NAME, Mode.HOLE)
        torn.sendall(b"lost")
        assert eventually(lambda: network.counts(NAME).swallowed_bytes)

        network.heal()

        with pytest.raises(ConnectionResetError):
            torn.recv(1)
