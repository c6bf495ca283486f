"""Traces: off by default and then not even imported; handed on in headers where they are on."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.chassis import tracing
from services.chassis.settings_observing import TraceSettings

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Sent:
    """A record."""

    headers: list[tuple[str, bytes]] = field(default_factory=list)
    value: bytes | None = None


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Trace into memory."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing._state, "api", trace)
    monkeypatch.setattr(tracing._state, "tracer", provider.get_tracer("t"))
    yield exporter
    provider.shutdown()


def test_nothing_is_imported_where_nothing_is_traced() -> None:
    """A whole service put together: neither the SDK nor the exporter."""
    program = (
        "import sys; from services.analysis.app import create_app;"
        "from services.analysis.settings import AnalysisSettings;"
        "create_app(AnalysisSettings(key='a key of sufficient length'));"
        "print([m for m in sys.modules if m.startswith(('opentelemetry.sdk',"
        " 'opentelemetry.exporter', 'google.protobuf'))])"
    )
    said = subprocess.run(  # noqa: S603 - a program of our own
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    ).stdout

    assert "[]" == said.strip()


def test_off_costs_no_span() -> None:
    """The same nothing each time, and nothing is handed on."""
    tracing.configure("own", "1", TraceSettings())
    one, other = tracing.span("a", root=True), tracing.span("b", [PARENT])
    with one as headers:
        tracing.note(status=200)

    assert one is other
    assert {} == headers
    assert (None, False) == (tracing.current(), tracing.is_on())
    assert () == tracing.context_here()


def test_a_span_belongs_to_the_first_and_names_the_others(spans: InMemorySpanExporter) -> None:
    """A batch of many requests: a child of one trace, linked to the rest, each once."""
    parents = [None, PARENT, OTHER, PARENT, "nonsense"]
    with (
        tracing.span("batch", parents, topic="ledger") as headers,
        tracing.span("transaction") as within,
    ):
        assert tracing.is_on()
    inner, outer = spans.get_finished_spans()
    assert outer.parent is not None
    assert inner.parent is not None

    assert (int(TRACE, 16), int("00f067aa0ba902b7", 16)) == (
        outer.context.trace_id,
        outer.parent.span_id,
    )
    assert {"topic": "ledger"} == dict(outer.attributes or {})
    assert [int("0af7651916cd43dd8448eb211c80319c", 16)] == [
        link.context.trace_id for link in outer.links
    ]
    assert outer.context.span_id == inner.parent.span_id
    assert TRACE == headers["traceparent"].split("-")[1] == within["traceparent"].split("-")[1]


def test_nothing_is_traced_that_belongs_to_no_request(spans: InMemorySpanExporter) -> None:
    """Only what begins one may be a root: idle work would fill the collector."""
    with tracing.span("transaction") as headers:
        pass
    with tracing.span("http", [""], root=True):
        pass

    assert {} == headers
    assert ["http"] == [span.name for span in spans.get_finished_spans()]


def test_an_error_is_named_not_quoted(spans: InMemorySpanExporter) -> None:
    """Its words may hold anybody's number."""

    def fail() -> None:
        with tracing.span("http", root=True):
            int("6222 is no number")

    with pytest.raises(ValueError, match="6222"):
        fail()
    (span,) = spans.get_finished_spans()

    assert "ValueError" == span.status.description
    assert not span.events


@pytest.mark.moves("dualwatch_trace_exports_total")
def test_what_the_collector_does_not_take_is_counted() -> None:
    """By what it says of each batch; whoever made the spans hears nothing of it."""

    class Collector:
        """Takes the first batch alone."""

        answers = iter((SpanExportResult.SUCCESS, SpanExportResult.FAILURE))

        def export(self, _spans: object) -> SpanExportResult:
            """Take it, or not."""
            return next(self.answers)

    counted = tracing._counted(Collector())
    before = [tracing.EXPORTED.labels(one)._value.get() for one in ("taken", "lost")]
    counted.export(())
    counted.export(())
    after = [tracing.EXPORTED.labels(one)._value.get() for one in ("taken", "lost")]

    assert [1, 1] == [new - old for old, new in zip(before, after, strict=True)]


def test_traces_are_found_in_headers_and_in_events() -> None:
    """Our own topics carry them in either; each is told once."""
    records = [
        Sent([("entry", b"1"), ("traceparent", PARENT.encode())]),
        Sent(value=b'{"id":"1","traceparent":"' + OTHER.encode() + b'"}'),
        Sent(value=b'{"traceparent":"' + PARENT.encode() + b'"}'),
        Sent(value=b"{}"),
        Sent(),
    ]

    assert [PARENT, OTHER] == tracing.traces_of(records)
