"""Traces (OpenTelemetry), off by default: then nothing of it is imported and a span costs a call.

A span is made where something waits for another process: an HTTP request, a batch of records, a
transaction, a publication, a delivery. What is finished goes to the collector from a queue of its
own, in a thread of its own: a collector that is away costs spans, never an event (docs/logs.md).
"""

import asyncio
import contextlib
import logging
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

import structlog

from contracts.record import CORRELATION_HEADER, TRACE, TRACE_HEADER
from services.chassis import metrics
from services.chassis.log import get_logger
from services.chassis.settings_observing import TraceSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider

log = get_logger(__name__)

QUEUE_SPANS_MAX: Final = 4_096
"""Finished spans that wait for the collector; more are dropped."""
EXPORT_SPANS_MAX: Final = 512
EXPORT_SECONDS: Final = 2.0
"""Longest that one export may take."""
EVERY_MS: Final = 1_000
LINKS_MAX: Final = 32
"""Most traces that a batch's span names beside its own."""
LOOKED_AT_MAX: Final = 1_000
"""Most records of a batch that are asked for their trace."""
STOP_SECONDS: Final = 1.5
"""Longest that stopping waits for what is left to be sent."""

SERVER: Final = "server"
CLIENT: Final = "client"
PRODUCER: Final = "producer"
CONSUMER: Final = "consumer"
INTERNAL: Final = "internal"

EXPORTED = metrics.counter(
    "dualwatch_trace_exports_total",
    "Batches of spans handed to the collector, by whether it took them.",
    ("outcome",),
)

NOTHING: Final[Mapping[str, str]] = {}
_OFF: Final = contextlib.nullcontext(NOTHING)
_IN_EVENT: Final = re.compile(rb'"traceparent":"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"')


class _State:
    """What tracing is done with in this process; None: it is off."""

    tracer: Any = None
    api: Any = None
    provider: Any = None


_state: Final = _State()


def configure(service: str, release: str, settings: TraceSettings) -> None:
    """Begin to trace, if a collector is named."""
    if not settings.endpoint:
        return
    # Not even imported otherwise.
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import (  # noqa: PLC0415
        ParentBased,
        TraceIdRatioBased,
    )

    # It would write a line for each batch that the collector does not take; we write the first.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # noqa: TID251 - a library's
    sampler = ParentBased(TraceIdRatioBased(settings.sample_percent / 100))
    resource = Resource({"service.name": f"dualwatch-{service}", "service.version": release})
    provider = TracerProvider(sampler=sampler, resource=resource)
    exporter = OTLPSpanExporter(endpoint=settings.endpoint, timeout=EXPORT_SECONDS)
    provider.add_span_processor(
        BatchSpanProcessor(
            _counted(exporter),
            max_queue_size=QUEUE_SPANS_MAX,
            max_export_batch_size=EXPORT_SPANS_MAX,
            schedule_delay_millis=EVERY_MS,
            export_timeout_millis=int(1_000 * EXPORT_SECONDS),
        )
    )
    _state.api, _state.provider = trace, provider
    _state.tracer = provider.get_tracer("dualwatch")


def _counted(exporter: Any) -> Any:
    """Count what the collector takes and what it does not."""
    take = exporter.export
    lost = False

    def export(spans: "Sequence[ReadableSpan]") -> Any:
        nonlocal lost
        found = take(spans)
        before, lost = lost, found.name != "SUCCESS"
        EXPORTED.labels("lost" if lost else "taken").inc()
        if lost and not before:
            log.warning("traces_not_taken")
        return found

    exporter.export = export
    return exporter


async def stop() -> None:
    """Send what is left, for a short while at most."""
    provider: TracerProvider | None = _state.provider
    if provider is None:
        return
    _state.tracer = _state.provider = None
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        provider.shutdown()
        with contextlib.suppress(RuntimeError):  # the loop has gone meanwhile
            loop.call_soon_threadsafe(ended.set)

    # Not a thread of the loop's: the process' end must not wait for it.
    threading.Thread(target=end, name="traces", daemon=True).start()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await ended.wait()


def is_on() -> bool:
    """Tell whether anything is traced: before something is gathered for it."""
    return _state.tracer is not None


def span(
    name: str,
    parents: Iterable[str | None] = (),
    *,
    kind: str = INTERNAL,
    root: bool = False,
    **attributes: str | int,
) -> AbstractContextManager[Mapping[str, str]]:
    """Measure what is done within; give the headers that hand the trace on.

    It belongs to the first of `parents` (traceparent) and names the others; without any, to the
    span it is made within. Where there is neither it is made only as a `root`.
    """
    if _state.tracer is None:
        return _OFF
    return _span(name, [parent for parent in parents if parent], kind, attributes, root=root)


@contextlib.contextmanager
def _span(
    name: str, parents: Sequence[str], kind: str, attributes: Mapping[str, Any], *, root: bool
) -> Iterator[Mapping[str, str]]:
    api = _state.api
    known = [found for found in map(_context_of, dict.fromkeys(parents)) if found is not None]
    within = api.get_current_span().get_span_context().is_valid
    if not known and not within and not root:
        yield NOTHING
        return
    context = api.set_span_in_context(api.NonRecordingSpan(known[0])) if known else None
    with _state.tracer.start_as_current_span(
        name,
        context,
        kind=api.SpanKind[kind.upper()],
        links=[api.Link(found) for found in known[1 : LINKS_MAX + 1]],
        attributes=attributes,
        # An error's words may hold what nobody may read there.
        record_exception=False,
        set_status_on_exception=False,
    ) as made:
        try:
            yield {TRACE_HEADER: _written(made.get_span_context())}
        except BaseException as error:
            made.set_status(api.Status(api.StatusCode.ERROR, type(error).__name__))
            raise


def note(**attributes: str | int) -> None:
    """Say more about the span that is being made."""
    if _state.tracer is not None:
        _state.api.get_current_span().set_attributes(attributes)


def current() -> str | None:
    """Give the traceparent of the span that is being made."""
    if _state.tracer is None:
        return None
    found = _state.api.get_current_span().get_span_context()
    return _written(found) if found.is_valid else None


def context_here() -> tuple[tuple[str, bytes], ...]:
    """Give by what all that this request brings about is found again, as headers of records."""
    correlation = structlog.contextvars.get_contextvars().get("correlation_id")
    if correlation is None:
        return ()
    trace = current()
    found = ((CORRELATION_HEADER, str(correlation).encode()),)
    return found if trace is None else (*found, (TRACE_HEADER, trace.encode()))


def traces_of(records: Sequence[Any]) -> list[str]:
    """Read the traces that records belong to: from their headers, or from the events they hold."""
    found: dict[str, None] = {}
    for record in records[:LOOKED_AT_MAX]:
        given = next((value for name, value in record.headers if name == TRACE_HEADER), None)
        if given is None and (seen := _IN_EVENT.search(record.value or b"")):
            given = seen[1]
        if given is not None:
            found[given.decode("latin-1")] = None
    return list(found)


def _context_of(parent: str) -> Any:
    if not TRACE.fullmatch(parent):
        return None
    _, trace_id, span_id, flags = parent.split("-")
    api = _state.api
    found = api.SpanContext(
        int(trace_id, 16),
        int(span_id, 16),
        is_remote=True,
        trace_flags=api.TraceFlags(int(flags, 16)),
    )
    return found if found.is_valid else None


def _written(context: Any) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
