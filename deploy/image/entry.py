"""The program of our image: `intake`, `analysis`, … run that service, all else is `dualwatch`."""

import os
import sys
from pathlib import Path

SERVICES = ("intake", "analysis", "alerts", "reporting", "console")


def command(arguments: list[str]) -> list[str]:
    """Give what is run for what the container was told."""
    if arguments and arguments[0] in SERVICES:
        # -P: nothing is imported from the folder that it happens to run in.
        return [sys.executable, "-P", "-m", f"services.{arguments[0]}", *arguments[1:]]
    return [sys.executable, "-P", str(Path(sys.executable).with_name("dualwatch")), *arguments]


def main() -> None:
    """Become that program: signals reach it, and its exit code is the container's."""
    argv = command(sys.argv[1:])
    os.execv(argv[0], argv)  # noqa: S606 - our own program, no shell


if __name__ == "__main__":
    main()
