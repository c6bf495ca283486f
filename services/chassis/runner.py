"""Run a service's process: signals, exit codes, the garbage collector's settings."""

import asyncio
import gc
import sys
from collections.abc import Callable
from typing import Final, TypeVar

import uvicorn

from services.chassis import log as logs
from services.chassis.service import Service
from services.chassis.settings import ServiceSettings, load

EXIT_INTERNAL: Final = 70
"""sysexits EX_SOFTWARE: a part died that should not have; start the process again."""
STOP_SECONDS: Final = 3
WATCH_SECONDS: Final = 1.0
GC_THRESHOLDS: Final = (50_000, 20, 100)
"""Batches make many short-lived objects; the default thresholds cost a tenth of the throughput."""

log = logs.get_logger(__name__)

S = TypeVar("S", bound=ServiceSettings)


def run(settings_class: type[S], create: Callable[[S], Service]) -> None:
    """Load settings, put the service together, serve until SIGTERM or SIGINT; then exit."""
    settings = load(settings_class)
    logs.configure(settings.SERVICE, settings.log)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        sys.exit(runner.run(_serve(settings, create)))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(settings: S, create: Callable[[S], Service]) -> int:
    service = create(settings)
    server = uvicorn.Server(
        uvicorn.Config(
            service.app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    watch = asyncio.create_task(_watch(service, server))
    log.info("service_starting", host=settings.host, port=settings.port)
    await server.serve()
    watch.cancel()
    died = {what: why for what, why in service.health.liveness().items() if why != "ok"}
    log.info("service_stopped", died=died)
    return EXIT_INTERNAL if service.health.is_dead() else 0


async def _watch(service: Service, server: uvicorn.Server) -> None:
    """End the process when a part has died: whoever supervises it starts it again."""
    while not service.health.is_dead():
        await asyncio.sleep(WATCH_SECONDS)
    log.error("part_died_process_ends")
    server.should_exit = True
