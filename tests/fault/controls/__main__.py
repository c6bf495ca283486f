"""Play all controls and write down what noticed them: `python -m tests.fault.controls`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from deploy.local.stack import Stack
from services.chassis import log as logs
from services.chassis.settings_observing import LogSettings
from tests.deterministic.scenes import Theatre, opened, steady
from tests.fault.controls.breaks import break_of
from tests.fault.controls.scenes import CONTROLS, Control
from tests.fault.controls.table import line, write
from tests.support.stack import free_ports_from


async def _play(theatre: Theatre, control: Control) -> str:
    if breaches := await control.play(theatre):
        msg = f"{control.guard}, unbroken: {breaches[0]}"
        raise SystemExit(msg)
    with break_of(control.guard).broken():
        breaches = await control.play(theatre)
    if not breaches:
        msg = f"{control.guard}, broken: nothing noticed it"
        raise SystemExit(msg)
    found = line(control, breaches)
    sys.stdout.write(found + "\n")
    return found


async def _play_all(stack: Stack) -> list[str]:
    async with opened(stack) as theatre:
        return [await _play(theatre, control) for control in CONTROLS]


def main() -> None:
    """Play, then write: a control that is not noticed leaves the page as it is."""
    logs.configure("controls", LogSettings(level="error"))
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-controls-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
        steady(),
    ):
        write(asyncio.run(_play_all(stack)))


if __name__ == "__main__":
    main()
