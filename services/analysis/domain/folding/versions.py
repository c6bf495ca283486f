"""Versions of what has an id: of one day the later entry stands, whatever comes first."""

from typing import Protocol, TypeVar

from services.analysis.domain.state import ITEMS_MAX
from services.analysis.domain.state.work import VERSIONS_MAX


class Version(Protocol):
    """What a fact said of an item, on a day."""

    day: int
    sequence: int


V = TypeVar("V", bound=Version)


def keep_version(kept: dict[str, list[V]], name: str, stated: V) -> None:
    """Keep a version: of one day the later entry stands, whatever comes first."""
    versions = kept.get(name)
    if versions is None:
        if len(kept) >= ITEMS_MAX:
            return
        versions = kept[name] = []
    for index, known in enumerate(versions):
        if known.day == stated.day:
            if stated.sequence > known.sequence:
                versions[index] = stated
            return
    versions.append(stated)
    versions.sort(key=age)
    del versions[:-VERSIONS_MAX]


def age(version: Version) -> tuple[int, int]:
    """Return what versions are ordered by."""
    return version.day, version.sequence
