"""structlog set up once: an event name in snake_case and fields, with correlation ids bound."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from services.chassis.settings import LogSettings

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
VALUE_LENGTH_MAX: Final = 8_000
"""Characters of one value in a line."""
NOISY: Final = (
    "aiokafka",
    "faststream",
    "uvicorn.access",
    "uvicorn.error",
    "pymongo",
    "asyncio",
    "httpx",
)


def configure(service: str, settings: LogSettings) -> None:
    """Send this process' logs to stderr; libraries' records are formatted the same way."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _shortened,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.format == "json"
        # Not the pretty tracebacks: they show the values of variables, keys among them.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()  # noqa: TID251 - the one place that sets the root logger up
    root.handlers = [handler]
    root.setLevel(LEVELS[settings.level])
    for name in NOISY:
        noisy = logging.getLogger(name)  # noqa: TID251 - libraries' own loggers
        noisy.setLevel(max(LEVELS[settings.level], logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.level]),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def _shortened(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Keep a line bounded: an error of a bulk write tells of every single document."""
    for name, value in event.items():
        if isinstance(value, str) and len(value) > VALUE_LENGTH_MAX:
            half = VALUE_LENGTH_MAX // 2
            event[name] = f"{value[:half]} … {value[-half:]}"
    return event


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Make the logger of a module: it is given `__name__`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
