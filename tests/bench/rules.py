"""`python -m tests.bench.rules`: what judging costs, CPU per assessment and per evaluation.

Projects with a line, six indicators and a finding in ten, every figure another one, judged by all
that is shipped: the worst day for what is remembered. No service and no store take part.
"""

import argparse
import time
from typing import Final

from contracts.envelope import CloudEvent
from contracts.events.analysis import AssessmentMade
from services.alerts.domain.judging import judge
from services.alerts.domain.rules import Rule
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs
from tests.unit.alerts.builders import BUDGET, assessment, finding, indicator, line

PROJECTS: Final = 2_000
WHOLE: Final = 10_000
INDICATORS: Final = 6
PRIME: Final = 7_919
"""Spreads figures, so that hardly two projects share one."""


def assessments(projects: int) -> list[CloudEvent[AssessmentMade]]:
    """Make a day's assessments."""
    found = []
    for number in range(projects):
        indicators = tuple(
            indicator(f"I-{place}", ratio_bp=6_500 + (number * 37 + place * 911) % 7_000)
            for place in range(INDICATORS)
        )
        found.append(
            assessment(
                project=f"610100/P-{number}",
                spent=BUDGET // 2 - number * PRIME % (BUDGET // 3),
                indicators=indicators,
                of_execution={"lines": (line(BUDGET),)},
                findings=(finding(),) if number % 10 == 0 else (),
            )
        )
    return found


def measured(rules: list[Rule], events: list[CloudEvent[AssessmentMade]]) -> tuple[float, int]:
    """Judge them all; return CPU seconds and how many answers were given."""
    begun = time.process_time()
    answers = sum(len(judge(event, rules)) for event in events)
    return time.process_time() - begun, answers


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=PROJECTS)
    options = parser.parse_args()
    rules = [rule for pack in load_packs(CelEvaluator()) for rule in pack.rules]
    events = assessments(options.projects)
    print("| day | µs an assessment | answers each | µs an answer | s for 10,000 projects |")
    print("|---|---|---|---|---|")
    for day in ("first", "second, all figures as before"):
        seconds, answers = measured(rules, events)
        each = seconds / len(events)
        print(
            f"| {day} | {each * 1e6:.0f} | {answers / len(events):.1f} "
            f"| {seconds / answers * 1e6:.1f} | {each * WHOLE:.1f} |"
        )


if __name__ == "__main__":
    main()
