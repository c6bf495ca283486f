"""The same rooms in every service: who knows one finds the way in all."""

from pathlib import Path
from typing import Final

import pytest

from tests.architecture.repository import tracked

ROOMS: Final = {"__init__", "__main__", "settings", "app", "handlers", "api", "store", "domain"}
# What one service does that no other does.
OWN_ROOMS: Final = {
    "intake": {"files"},
    # delivery: webhooks and e-mail go out
    "alerts": {"packs", "delivery", "asking"},
    # asking: the other services; assembly: jobs longer than a request; outputs: files people hold
    "reporting": {"asking", "assembly", "outputs"},
    "console": {"pages", "templates", "static"},
}
# Not services: plumbing, and the command line.
OTHERS: Final = {"chassis", "cli"}
PARTS: Final = sorted(
    {path.parts[1:3] for path in tracked() if path.parts[0] == "services" and len(path.parts) > 2}
)
SERVICES: Final = sorted({service for service, _ in PARTS} - OTHERS)


def rooms_of(service: str) -> set[str]:
    """Name the modules and folders of a service."""
    return {Path(part).stem for owner, part in PARTS if owner == service}


def test_services_are_the_known_ones() -> None:
    """A new folder below services/ is a decision, not an accident."""
    assert set(SERVICES) <= {*OWN_ROOMS, "analysis"}


@pytest.mark.parametrize("service", SERVICES)
def test_service_has_known_rooms_only(service: str) -> None:
    """A room may be missing or grow into a folder; it is never renamed."""
    unknown = rooms_of(service) - ROOMS - OWN_ROOMS.get(service, set())

    assert set() == unknown


def test_roots_are_few() -> None:
    """Everything has its place in the tree; a new root is a decision."""
    roots = {path.parts[0] for path in tracked() if len(path.parts) > 1}

    assert roots <= {".ci", "changelog.d", "contracts", "deploy", "docs", "services", "tests"}
