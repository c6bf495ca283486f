"""What a process reads before it does anything: every command and every restart pays for it."""

import subprocess
import sys
from typing import Final

import pytest

STARTING: Final = (
    "services.intake.app",
    "services.analysis.app",
    "services.alerts.app",
    "services.reporting.app",
    "services.console.app",
    "services.cli.app",
)
SLOW: Final = ("lark", "rfc3987_syntax", "pytest", "hypothesis", "matplotlib.pyplot")
"""What takes seconds to import, or is for tests alone; some come along as another's extra."""


@pytest.mark.parametrize("module", STARTING)
def test_nothing_slow_is_read_at_the_start(module: str) -> None:
    """Not even by a library that uses what happens to be installed."""
    asked = f"import {module}, sys; print(*(set({SLOW!r}) & set(sys.modules)))"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120
    )

    assert [] == done.stdout.split()
