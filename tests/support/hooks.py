"""A receiver of webhooks for tests that do not run in a loop: see `receiving` for those that do."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hooks:
    """What was received: headers by lower-case name, and the body."""

    url: str = ""
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextlib.contextmanager
def hooked() -> Iterator[Hooks]:
    """Run a receiver on a free port of this machine."""
    hooks = Hooks()

    class Handler(BaseHTTPRequestHandler):
        """Takes everything."""

        def do_POST(self) -> None:
            """Take one."""
            body = self.rfile.read(int(self.headers["content-length"]))
            hooks.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hooks.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    try:
        yield hooks
    finally:
        server.shutdown()
        server.server_close()
        running.join()
