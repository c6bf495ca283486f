"""structlog set up once: an event name in snake_case and fields, with correlation ids bound.

Only modules of ours are written below `warning`: what libraries tell there holds whatever they
carry, keys and payloads among it. What looks like a secret or an account number is masked in
every line, whoever wrote it (docs/logs.md).
"""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, cast
from urllib.parse import quote, quote_plus

import structlog

from services.chassis.settings_observing import LEVELS, LogSettings

VALUE_LENGTH_MAX: Final = 8_000
"""Characters of one value in a line."""
OURS: Final = ("services", "deploy", "contracts")
"""Modules whose levels can be chosen; all others are written from `warning` on."""
NOISY: Final = (
    "aiokafka",
    "faststream",
    "uvicorn.access",
    "uvicorn.error",
    "pymongo",
    "asyncio",
    "httpx",
)
FORBIDDEN: Final = frozenset(
    {
        "account",
        "account_number",
        "assertion",
        "authorization",
        "body",
        "cookie",
        "credential",
        "headers",
        "key",
        "password",
        "payee",
        "payload",
        "person",
        "raw",
        "secret",
        "token",
    }
)
"""Names of fields that no line has: what would stand there is nobody's to read in a log."""
_SECRETS: Final = (
    re.compile(r"dw_[0-9a-f]{16}_[A-Za-z0-9_-]{20,}"),
    re.compile(r"dwa_[A-Za-z0-9._-]{20,}"),
    re.compile(r"whsec_[A-Za-z0-9+/=]{16,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"),
    re.compile(r"(?<=://)[^\s/@:'\"]*:[^\s/@'\"]+(?=@)"),
    re.compile(r"(?<=Bearer )[^\s'\"]+", re.IGNORECASE),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END|\Z)", re.DOTALL),
)
_NUMBERS: Final = (
    # A project may be coded by digits alone: behind its jurisdiction it is no account.
    re.compile(r"(?<![0-9A-Za-z._-])(?<![0-9]{6}/)[0-9]{15,30}[Xx]?(?![0-9A-Za-z_-])"),
    re.compile(
        r"(?<![0-9A-Za-z._-])[0-9]{4}(?:[ -][0-9]{4}){2,}(?:[ -][0-9]{1,4})?(?![0-9A-Za-z])"
    ),
)
MASK: Final = "***"
"""What stands where a secret or an account number stood."""
HIDDEN_LENGTH_MIN: Final = 8
"""Shorter secrets are not looked for: they would be found in words."""
SPELT_TIMES: Final = 2
"""An error's words stand in a field, and the field in a line: each writes anew."""
_hidden: set[str] = set()
"""Secrets that this process was told, to the letter."""


class ModuleLogger(structlog.stdlib.BoundLogger):
    """A logger that asks its module's level first: a line that is not written costs one look.

    The level is the standard library's, so one that is set for `services.alerts` holds for all
    modules below it, from the next line on (`services.chassis.log_levels`).
    """

    def debug(self, event: str | None = None, *args: Any, **fields: Any) -> Any:
        """Write what helps whoever looks for a cause."""
        if self._logger.isEnabledFor(logging.DEBUG):
            return self._proxy_to_logger("debug", event, *args, **fields)
        return None

    def info(self, event: str | None = None, *args: Any, **fields: Any) -> Any:
        """Write what changes now and then."""
        if self._logger.isEnabledFor(logging.INFO):
            return self._proxy_to_logger("info", event, *args, **fields)
        return None


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
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
                _masked_line,
            ],
        )
    )
    _set_levels(handler, settings)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=ModuleLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def _set_levels(handler: logging.Handler, settings: LogSettings) -> None:
    level = LEVELS[settings.level]
    root = logging.getLogger()  # noqa: TID251 - the one place that sets the root logger up
    root.handlers = [handler]
    root.setLevel(max(level, logging.WARNING))
    for name in OURS:
        set_level(name, settings.level)
    for name in NOISY:
        noisy = logging.getLogger(name)  # noqa: TID251 - libraries' own loggers
        noisy.setLevel(max(level, logging.WARNING))
    for module, own in settings.by_module.items():
        set_level(module, own)


def set_level(module: str, level: str | None) -> None:
    """Write a module's lines, and those below it, from a level on; None: as what is above it."""
    number = logging.NOTSET if level is None else LEVELS[level]
    logging.getLogger(module).setLevel(number)  # noqa: TID251 - levels are the library's own


def hide(*secrets: str) -> None:
    """Mask these wherever they would stand in a line, however they are written there."""
    for secret in secrets:
        if len(secret) >= HIDDEN_LENGTH_MIN:
            _hidden.update(_spellings(secret))


def _spellings(secret: str) -> set[str]:
    """Write a secret as addresses, errors (repr) and JSON write it, and these once more."""
    words = {secret, quote(secret), quote_plus(secret)}
    for _ in range(SPELT_TIMES):
        words |= {repr(word)[1:-1] for word in words}
        words |= {json.dumps(word, ensure_ascii=False)[1:-1] for word in words}
    return words


def masked(text: str) -> str:
    """Put a mask where a text holds what is, or looks like, a secret or an account number."""
    for secret in _hidden:
        text = text.replace(secret, MASK)
    for pattern in _SECRETS:
        text = pattern.sub(MASK, text)
    for pattern in _NUMBERS:
        text = pattern.sub(MASK, text)
    return text


def _masked_line(_logger: Any, _method: str, line: Any) -> str:
    return masked(line)


def _shortened(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Keep a line bounded: an error of a bulk write tells of every single document."""
    for name, value in event.items():
        if isinstance(value, str) and len(value) > VALUE_LENGTH_MAX:
            half = VALUE_LENGTH_MAX // 2
            # Half a secret would not be known as one.
            whole = masked(value)
            event[name] = f"{whole[:half]} … {whole[-half:]}"
    return event


def is_debugging(name: str) -> bool:
    """Tell whether a module's `debug` is written: before something is gathered for it."""
    logger = logging.getLogger(name)  # noqa: TID251 - levels are the library's own
    return logger.isEnabledFor(logging.DEBUG)


def get_logger(name: str) -> ModuleLogger:
    """Make the logger of a module: it is given `__name__`."""
    logger: Any = structlog.stdlib.get_logger(name)
    return cast("ModuleLogger", logger)
