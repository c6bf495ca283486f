"""analysis of an earlier release: `python -m tests.fault.drills.earlier FILE`.

As long as FILE is there, it knows no event type that stands in it, one a line, when one arrives;
earlier versions of the same thing it reads as ever.
"""

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.analysis.handlers import arriving

MODULE: Final = "services.analysis"


def main(arguments: Sequence[str]) -> None:
    """Forget the types and run analysis until it ends."""
    file = Path(arguments[0])
    if file.exists():
        arriving._KNOWN -= frozenset(file.read_text(encoding="utf-8").split())  # type: ignore[misc]
    sys.argv = [MODULE]
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
