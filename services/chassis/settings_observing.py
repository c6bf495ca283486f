"""Settings of what is seen of a service: its log and its traces."""

import re
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

MODULE_LENGTH_MAX: Final = 200
"""Longest name of a module whose level is set."""
LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
"""Levels of log lines, with the standard library's numbers."""
_MODULE: Final = re.compile(r"(?:services|deploy|contracts)(?:\.[a-z_][a-z0-9_]*)*", re.ASCII)


def is_module_of_ours(name: str) -> bool:
    """Whether a name is, by its look, one of our modules or packages."""
    return len(name) <= MODULE_LENGTH_MAX and _MODULE.fullmatch(name) is not None


class LogSettings(BaseModel):
    """How to log."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    format: Literal["json", "console"] = "console"
    """One JSON object a line, or lines for people."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is written."""
    levels: str = ""
    """Levels of single modules of ours and those below them:
    `services.intake=debug,services.chassis.lane=warning`."""

    @property
    def by_module(self) -> dict[str, str]:
        """The levels of single modules."""
        pairs = [part.partition("=") for part in self.levels.split(",") if part.strip()]
        return {module.strip(): level.strip() for module, _, level in pairs}

    @model_validator(mode="after")
    def _known(self) -> Self:
        for module, level in self.by_module.items():
            if not is_module_of_ours(module) or level not in LEVELS:
                msg = (
                    f"LEVELS: {module}={level} is not MODULE=LEVEL, with one of {', '.join(LEVELS)}"
                )
                raise ValueError(msg)
        return self


class TraceSettings(BaseModel):
    """Where traces go."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    endpoint: str = ""
    """Collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`; empty:
    nothing is traced, and OpenTelemetry is not even imported."""
    sample_percent: Annotated[float, Field(ge=0, le=100)] = 100
    """Share of the traces begun here that are kept; one that was begun elsewhere is kept if its
    beginner keeps it."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.endpoint and urlsplit(self.endpoint).scheme not in {"http", "https"}:
            msg = "ENDPOINT must be http:// or https://"
            raise ValueError(msg)
        return self
