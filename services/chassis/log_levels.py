"""Log levels at run time: a module writes more for a while, and then as before by itself."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.chassis import clock
from services.chassis.identity import Caller, whole
from services.chassis.log import OURS, get_logger, set_level
from services.chassis.problems import ProblemError, refused
from services.chassis.settings_observing import (
    LEVELS,
    MODULE_LENGTH_MAX,
    LogSettings,
    is_module_of_ours,
)

FOR_SECONDS: Final = 600
"""How long a level holds unless it is said."""
FOR_SECONDS_MAX: Final = 86_400
"""Longest that a level holds: debug does not stay on because somebody forgot it."""
MODULES_MAX: Final = 50
"""Most modules whose levels are set at once."""

log = get_logger(__name__)


class LevelForm(BaseModel):
    """A level for a module of ours and all below it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    module: Annotated[str, Field(max_length=MODULE_LENGTH_MAX)]
    """Such as `services.alerts` or `services.chassis.lane`."""
    level: str | None = None
    """debug, info, warning or error; null: as at the start."""
    seconds: Annotated[int, Field(ge=1, le=FOR_SECONDS_MAX)] = FOR_SECONDS
    """How long it holds; then the module writes as at the start."""


@dataclass(frozen=True, slots=True)
class Held:
    """A level that somebody has set."""

    level: str
    until: float
    """Monotonic seconds."""


class Levels:
    """What is set beside what the settings say, in this process."""

    def __init__(
        self,
        settings: LogSettings,
        apply: Callable[[str, str | None], None] = set_level,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        """Nothing is set beside the settings yet."""
        self._base = dict.fromkeys(OURS, settings.level) | settings.by_module
        self._apply = apply
        self._now = now
        self._held: dict[str, Held] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def put(self, form: LevelForm) -> None:
        """Set a level, or take it back."""
        if form.level is None:
            self._held.pop(form.module, None)
        else:
            self._held[form.module] = Held(form.level, self._now() + form.seconds)
        self._apply(form.module, form.level or self._base.get(form.module))

    def full(self, module: str) -> bool:
        """Whether there is no room for one more module."""
        return module not in self._held and len(self._held) >= MODULES_MAX

    def expire(self) -> list[str]:
        """Take back what has held long enough; give the modules."""
        over = [module for module, held in self._held.items() if held.until <= self._now()]
        for module in over:
            del self._held[module]
            self._apply(module, self._base.get(module))
        return over

    def remind(self, module: str, seconds: float, told: Callable[["Levels"], None]) -> None:
        """Have it told once a module's level is over; an earlier timer of it counts no more."""
        former = self._timers.pop(module, None)
        if former is not None:
            former.cancel()
        if module in self._held:
            loop = asyncio.get_running_loop()
            self._timers[module] = loop.call_later(seconds, told, self)
        for ended in self._timers.keys() - self._held.keys():
            self._timers.pop(ended).cancel()

    def shown(self) -> dict[str, Any]:
        """Show the settings' levels, and what is set for a while with the seconds left."""
        held = {
            module: {"level": one.level, "seconds": max(0, round(one.until - self._now()))}
            for module, one in sorted(self._held.items())
        }
        return {"settings": self._base, "set": held}


def router(levels: Levels) -> APIRouter:
    """Make the routes; each process has its own levels."""
    routes = APIRouter(tags=["operating"])

    @routes.get("/v1/log-levels")
    async def shown() -> dict[str, Any]:
        """Show which modules of this process write from which level on."""
        levels.expire()
        return levels.shown()

    # A process works for all jurisdictions, and its log fills the disk of all.
    @routes.put("/v1/log-levels", dependencies=[Depends(whole)])
    async def put(form: LevelForm, asking: Caller) -> dict[str, Any]:
        """Let a module of this process write from another level on, for a while."""
        change(levels, form, asking.id)
        return levels.shown()

    return routes


def change(levels: Levels, form: LevelForm, principal: str) -> None:
    """Set a level, say so, and take it back in time; ProblemError for one there is not."""
    levels.expire()
    wrong = _wrong(levels, form)
    if wrong is not None:
        raise _refused(*wrong)
    levels.put(form)
    log.warning(
        "log_level_set",
        module=form.module,
        chosen=form.level,
        seconds=form.seconds if form.level else None,
        principal=principal,
    )
    levels.remind(form.module, form.seconds + 1, _expire)


def _wrong(levels: Levels, form: LevelForm) -> tuple[str, str, str] | None:
    """Say what is wrong with a form: pointer, and why in both languages."""
    said = ", ".join(LEVELS)
    if not is_module_of_ours(form.module):
        return "/module", "is no module of ours, such as services.alerts", "不是本系统的模块"
    if form.level is None:
        return None
    if form.level not in LEVELS:
        return "/level", f"must be one of {said}", f"只能是 {said} 之一"
    if levels.full(form.module):
        return "/module", f"at most {MODULES_MAX} at once", f"最多同时设置 {MODULES_MAX} 个模块"
    return None


def _expire(levels: Levels) -> None:
    for module in levels.expire():
        log.warning("log_level_over", module=module)


def _refused(pointer: str, en: str, zh: str) -> ProblemError:
    return refused(
        422,
        "invalid_request",
        ("The level cannot be set", "无法设置日志级别"),
        (f"{pointer}: {en}", f"{pointer}:{zh}"),
        (
            "Name a module of ours and debug, info, warning or error.",
            "请给出本系统的模块名和 debug、info、warning 或 error。",
        ),
        pointer=pointer,
    )
