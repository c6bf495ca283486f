"""A collector of traces for tests: takes OTLP over HTTP (protobuf) and keeps the spans."""

import contextlib
import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PATH = "/v1/traces"


@dataclass(frozen=True)
class Span:
    """One span, as far as tests look at it."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    attributes: dict[str, str]


@dataclass
class Collector:
    """What was received."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    leave: Callable[[], None] = lambda: None
    """Ends it: from then on nobody listens there."""

    def of(self, trace: str) -> list[Span]:
        """Give the spans of a trace."""
        return [one for one in list(self.spans) if one.trace == trace]

    def take(self, body: bytes) -> None:
        """Keep the spans of a request."""
        told = ExportTraceServiceRequest.FromString(body)
        for of in told.resource_spans:
            resource = {one.key: one.value.string_value for one in of.resource.attributes}
            for scope in of.scope_spans:
                self.spans += [
                    Span(
                        resource["service.name"],
                        one.name,
                        one.trace_id.hex(),
                        one.span_id.hex(),
                        one.parent_span_id.hex(),
                        {
                            a.key: a.value.string_value or str(a.value.int_value)
                            for a in one.attributes
                        },
                    )
                    for one in scope.spans
                ]


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a free port of this machine."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        """Takes exports."""

        def do_POST(self) -> None:
            """Take one."""
            body = self.rfile.read(int(self.headers["content-length"]))
            packed = self.headers.get("content-encoding") == "gzip"
            collector.take(gzip.decompress(body) if packed else body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_address[1]}{PATH}"
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()

    def leave() -> None:
        if running.is_alive():
            server.shutdown()
            server.server_close()
            running.join()

    collector.leave = leave
    try:
        yield collector
    finally:
        leave()
