"""`python -m tests.oracle --log FILE --data-dir DIR`: 0 if all is equal, 1 if anything differs."""

import argparse
import sys
from pathlib import Path

from tests.oracle.check import Scope, compare
from tests.oracle.report import Endpoints


def main(arguments: list[str]) -> int:
    """Compare the stack of a data directory with the log of what was sent to it."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--log", type=Path, required=True, help="what was sent, JSON lines")
    parser.add_argument("--data-dir", type=Path, required=True, help="of `dualwatch up`")
    parser.add_argument("--no-reporting", action="store_true", help="leave forms and summaries out")
    given = parser.parse_args(arguments)
    endpoints = Endpoints.read(given.data_dir)
    report = compare(given.log, endpoints, Scope(reporting=not given.no_reporting))
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return int(not report.equal)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
