"""Run a service's process: signals, exit codes, the settings of garbage collector and malloc."""

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final, TypeVar

import uvicorn

from services.chassis import log as logs
from services.chassis.heads import BoundedProtocol
from services.chassis.service import HttpService
from services.chassis.settings import EXIT_CONFIG, ServiceSettings, load

EXIT_INTERNAL: Final = 70
"""sysexits EX_SOFTWARE: a part died that should not have; start the process again."""
HTTP_STOP_SECONDS: Final = 2
"""Longest requests in hand may take once the process stops."""
STOP_SECONDS_MAX: Final = 9.0
"""Longest stopping may take in all; then the process ends at once."""
GC_THRESHOLDS: Final = (1_000_000, 10, 100)
"""Batches make many short-lived objects; the default thresholds cost a tenth of the throughput.

What a batch holds, and the states of some thousands of new projects, are gone again before the
collector comes by itself: at 200,000 it looked at all of them, and with ten times as many projects
an entry's fold took a sixth more.
"""
COLLECT_SECONDS: Final = 60.0
"""Between two looks at what is young: who has little to do comes to no threshold for hours, and
what is left in cycles until then would look like a leak."""
COLLECT_ALL_EVERY: Final = 30
"""Of so many looks one is at everything."""
YOUNG: Final = 1
"""Python's name for the two young generations; and `ALL` for all three."""
ALL: Final = 2
M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
"""As in glibc's malloc.h."""
LARGE_BYTES: Final = 4 * 1024 * 1024
"""A buffer from this size on goes back to the system as soon as it is free.

A batch's commands to MongoDB are below it, and are written into the memory of those before: to have
the system clear a page of each anew took a twentieth of the projection's CPU (where MongoDB and we
share a machine that is a guest, even more).
"""
TRIM_BYTES: Final = 8 * 1024 * 1024
"""What each heap may keep at its end."""

log = logs.get_logger(__name__)

S = TypeVar("S", bound=ServiceSettings)


def run(settings_class: type[S], create: Callable[[S], HttpService]) -> None:
    """Load settings, put the service together, serve until SIGTERM or SIGINT; then exit."""
    settings = load(settings_class)
    logs.configure(settings.SERVICE, settings.log)
    logs.hide(*settings.secrets())
    _give_memory_back()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        sys.exit(runner.run(_serve(settings, create)))


def _give_memory_back() -> None:
    """Let malloc give large buffers back to the system.

    Left alone, glibc cuts them from its heaps (one for each thread) once it has seen a few, and
    those never shrink again: a long backlog's commands to MongoDB left 100 MB of holes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        # Not with another C library.
        return
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
    mallopt(M_TRIM_THRESHOLD, TRIM_BYTES)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


class Server(uvicorn.Server):
    """uvicorn as services use it.

    Without its signal handlers, which end the process by the signal again, and with a bound on
    heads.
    """

    def __init__(self, service: HttpService, host: str, port: int, **tls: Any) -> None:
        """Listen on nothing yet; with `tls` (settings) only to who encrypts."""
        self._service = service
        super().__init__(
            uvicorn.Config(
                service.app,
                host=host,
                port=port,
                http=BoundedProtocol,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="on",
                ws="none",
                timeout_graceful_shutdown=HTTP_STOP_SECONDS,
                **tls,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let streams end by themselves before connections are waited for."""
        self._service.stopping.set()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `_serve`."""
        yield


async def _serve(settings: S, create: Callable[[S], HttpService]) -> int:
    service = create(settings)
    server = Server(service, settings.host, settings.port, **settings.tls.server)
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, _stop, server, signum.name)
    gc.collect()
    gc.freeze()
    # A service's `__main__` has it off while it imports.
    gc.enable()
    gc.set_threshold(*GC_THRESHOLDS)
    watch = asyncio.create_task(_watch(service, server))
    collector = asyncio.create_task(_collect())
    log.info("service_starting", host=settings.host, port=settings.port)
    try:
        await server.serve()
    except SystemExit:
        # uvicorn has logged why: the address cannot be listened on.
        return EXIT_CONFIG
    finally:
        watch.cancel()
        collector.cancel()
    log.info("service_stopped", died=service.health.is_dead())
    return EXIT_INTERNAL if service.health.is_dead() else 0


async def _collect() -> None:
    """Let go what is left in cycles, at intervals that do not hang on how much there is to do."""
    for look in count(1):
        await asyncio.sleep(COLLECT_SECONDS)
        gc.collect(generation_of(look))


def generation_of(look: int) -> int:
    """Say what is looked at, at the so many-th look."""
    return YOUNG if look % COLLECT_ALL_EVERY else ALL


async def _watch(service: HttpService, server: uvicorn.Server) -> None:
    """End the process when a part has died: whoever supervises it starts it again."""
    await service.health.death()
    _stop(server, "a part has died")


def _stop(server: uvicorn.Server, reason: str) -> None:
    log.info("service_stopping", reason=reason)
    if server.should_exit:
        server.force_exit = True
        return
    server.should_exit = True
    # What hangs in a thread or a library must not keep the process: its work is in the store.
    limit = threading.Timer(STOP_SECONDS_MAX, _give_up)
    limit.daemon = True
    limit.start()


def _give_up() -> None:
    log.error("stop_given_up", seconds=STOP_SECONDS_MAX)
    os._exit(EXIT_INTERNAL)
