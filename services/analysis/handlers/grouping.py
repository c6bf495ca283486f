"""A run of entries sorted by what they are about."""

from collections.abc import Iterable, Sequence

from contracts.codec import JURISDICTION_TYPES
from services.analysis.handlers.arriving import Arrived

Group = dict[bytes, list[Arrived]]
"""Entries by subject, each in order."""


def grouped(entries: Sequence[Arrived]) -> list[Group | Arrived]:
    """Sort entries by project; jurisdiction facts stay where they are among them.

    A project's entries are decoded and folded at once, so that nothing is kept for long. Among
    projects order means nothing; only a jurisdiction fact bears on several of them.
    """
    steps: list[Group | Arrived] = []
    groups: Group = {}
    for entry in entries:
        group = groups.get(entry.key)
        if group is not None:
            group.append(entry)
        elif entry.event_type not in JURISDICTION_TYPES:
            groups[entry.key] = [entry]
        else:
            if groups:
                steps.append(groups)
                groups = {}
            steps.append(entry)
    return [*steps, groups] if groups else steps


def subjects(steps: Iterable[Group | Arrived]) -> set[str]:
    """Name the projects that entries are about."""
    return {key.decode() for step in steps if isinstance(step, dict) for key in step}
