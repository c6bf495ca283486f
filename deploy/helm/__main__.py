"""`python -m deploy.helm` copies the alert rules into the chart; `--check` only compares."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

DEPLOY: Final = Path(__file__).resolve().parent.parent
RULES: Final = DEPLOY / "observe" / "rules"
COPIES: Final = DEPLOY / "helm" / "dualwatch" / "files" / "rules"


def main(arguments: Sequence[str]) -> int:
    """Copy, or tell what differs; exit code 1 if anything does."""
    wanted = {file.name: file.read_bytes() for file in RULES.glob("*.yml")}
    there = {file.name: file.read_bytes() for file in COPIES.glob("*.yml")}
    if "--check" in arguments:
        differing = sorted(n for n in wanted.keys() | there.keys() if wanted.get(n) != there.get(n))
        for name in differing:
            sys.stderr.write(f"{COPIES / name} is not {RULES / name}: run python -m deploy.helm\n")
        return 1 if differing else 0
    COPIES.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - wanted.keys():
        (COPIES / name).unlink()
    for name, content in wanted.items():
        (COPIES / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
