"""docs/proof.md: figures as text and tables, chapter by chapter."""

from typing import Final

from tests.proof import alerting, chapters, chapters_benches, chapters_services, hostile
from tests.proof.markdown import section, table
from tests.proof.reading import Lines
from tests.proof.targets import reason, targets
from tests.proof.verdict import Holds, Target

HEAD: Final = """\
# Proof

What runs of this repository have shown, and what they have not.
`python -m tests.proof` writes this page and its pictures from the lines of [proof/](proof/), which the runs append with `--record`; `make check` compares, and nothing here is typed by hand but the reasons ([proof/reasons.md](proof/reasons.md)).
Absolute figures are of one small machine and noisy; ratios are of contenders that took turns on it.
Other proof: [published numbers and ours](proof/golden.md), [forecasts on past years](proof/backtest.md), [negative controls](proof/controls.md), [what the oracle recomputes](oracle.md)."""  # noqa: E501 - a sentence is a line

ASKED: Final = "Each target of the release beside what the recorded runs show."
ALL_HOLDS: Final = "Everything that was measured holds."
NO_REASON: Final = "no reason is known yet"


def page(lines: Lines, tried: tuple[hostile.Tried, ...]) -> str:
    """Write the page."""
    found = targets(lines)
    parts = [
        HEAD,
        section("What was asked, and what was seen", ASKED, asked(found)),
        section("What does not hold, with the reason", failing(found, lines)),
        chapters.net(lines),
        chapters.inputs(tried),
        chapters.controls(lines),
        chapters.drills(lines),
        chapters.soak(lines),
        chapters_benches.peers(lines),
        chapters_benches.stages(lines),
        chapters_services.rebuild(lines),
        chapters_benches.latency(lines),
        chapters_services.crowds(lines),
        alerting.recall(lines),
        alerting.opening(lines),
        chapters_services.reading(lines),
        chapters_services.pages(lines),
        chapters_services.forms(lines),
        chapters_services.metrics(lines),
        chapters_benches.growth(lines),
        chapters_benches.profiles(lines),
        chapters.machines(lines),
        chapters.replay(lines),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def asked(found: list[Target]) -> str:
    """Lay the targets out."""
    return table(
        ("what", "asked:", "seen:", "holds"),
        ((one.what, one.asked, one.seen, str(one.holds)) for one in found),
    )


def failing(found: list[Target], lines: Lines) -> str:
    """Say why each target that does not hold does not, and name what was not measured."""
    failed = [one for one in found if one.holds is Holds.NO]
    rows = [
        (one.what, one.asked, one.seen, reason(one, lines.reasons) or NO_REASON) for one in failed
    ]
    parts = [table(("what", "asked:", "seen:", "why"), rows) if rows else ALL_HOLDS]
    if unknown := [one.what for one in found if one.holds is Holds.UNKNOWN]:
        parts.append(f"Not measured: {'; '.join(unknown)}.")
    return "\n\n".join(parts)
