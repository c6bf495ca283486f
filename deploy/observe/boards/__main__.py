"""Write all boards, or with --check say which of those that are checked in differ from the code."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.observe.boards.alerts import ALERTS
from deploy.observe.boards.intake import INTAKE
from deploy.observe.boards.overview import OVERVIEW
from deploy.observe.boards.panels import Board
from deploy.observe.boards.pipeline import PIPELINE
from deploy.observe.boards.reporting import REPORTING

BOARDS: Final[tuple[Board, ...]] = (OVERVIEW, PIPELINE, INTAKE, ALERTS, REPORTING)
FOLDER: Final = Path(__file__).parents[1] / "dashboards"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare; 1 when something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    wanted = {FOLDER / f"{board.name}.json": board.to_json() for board in BOARDS}
    if not check:
        FOLDER.mkdir(exist_ok=True)
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
        return 0
    there = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    differing = sorted(
        path.name for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path)
    )
    for name in differing:
        sys.stderr.write(f"dashboards/{name} is not what the code makes: make docs\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
