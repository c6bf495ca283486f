"""A service with one guard broken: `python -m tests.fault.controls.sabotaged --break NAME MODULE`.

The module is run as `python -m MODULE` would run it, for example `services.intake`.
"""

import argparse
import runpy
import sys
from collections.abc import Sequence

from tests.fault.controls.breaks import BREAKS, break_of


def main(arguments: Sequence[str]) -> None:
    """Break the guard and run the module until it ends."""
    parser = argparse.ArgumentParser(prog="tests.fault.controls.sabotaged")
    parser.add_argument("--break", dest="guard", required=True, choices=[b.name for b in BREAKS])
    parser.add_argument("module")
    given = parser.parse_args(arguments)
    sys.stderr.write(f"SABOTAGED for a test: {break_of(given.guard).how}\n")
    sys.argv = [given.module]
    with break_of(given.guard).broken():
        runpy.run_module(given.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
