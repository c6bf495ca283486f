"""`python -m tests.proof` writes docs/proof.md and its pictures; `--check` only compares."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.proof import pictures
from tests.proof.benches import last, peers_of, timed
from tests.proof.growth import costs
from tests.proof.hostile import tried
from tests.proof.net import net_of, ours
from tests.proof.page import page
from tests.proof.reading import Lines, read
from tests.support.recorded import ROOT

PAGE: Final = ROOT / "docs" / "proof.md"
IMAGES: Final = ROOT / "docs" / "images"


def wanted(lines: Lines) -> dict[Path, bytes]:
    """Make everything from the lines; a picture without figures is not drawn."""
    found = {PAGE: page(lines, tried()).encode()}
    return found | {IMAGES / f"proof-{name}.svg": drawn for name, drawn in _drawn(lines).items()}


def _drawn(lines: Lines) -> dict[str, bytes]:
    drawn: dict[str, bytes] = {}
    if runs := ours(lines.runs):
        net = net_of(runs)
        drawn["faults"] = pictures.faults(net)
        if net.recoveries:
            drawn["recovery"] = pictures.recovery(net)
    if peers := peers_of(last(lines.peers)):
        drawn["peers"] = pictures.peers(peers)
    if latency := timed(lines.latency):
        drawn["latency"] = pictures.latency(latency)
    if growth := costs(lines.growth):
        drawn["growth"] = pictures.growth(growth)
    return drawn


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare; 1 when something differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    made = wanted(read())
    there = {path: path.read_bytes() for path in (PAGE, *IMAGES.glob("proof-*.svg"))
             if path.exists()}  # fmt: skip
    if not check:
        for path, content in made.items():
            path.write_bytes(content)
        for path in there.keys() - made.keys():
            path.unlink()
        return 0
    paths = sorted(made.keys() | there.keys())
    differing = [path for path in paths if made.get(path) != there.get(path)]
    for path in differing:
        name = path.relative_to(ROOT)
        sys.stderr.write(f"{name} is not what the recorded lines make: make docs\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
