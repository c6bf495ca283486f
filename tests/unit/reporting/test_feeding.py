"""Who hears of campaigns in the feed of reports: who finds them there, and nobody else."""

from typing import Any

import pytest

from contracts.vocabulary import PrincipalKind, Role
from services.chassis.identity import Principal
from services.reporting.store.feeding import _concerns, _theirs

UNIT = Principal(
    "u1",
    PrincipalKind.STAFF,
    frozenset({Role.UNIT_FILLER}),
    frozenset({"J"}),
    ("U1",),
    frozenset({"U1"}),
)


@pytest.mark.parametrize(
    ("campaign", "told"),
    [
        ({"bounds": [], "scope": {"kind": "all"}}, True),
        ({"bounds": ["U1"], "scope": {"kind": "all"}}, True),
        ({"bounds": ["U2"], "scope": {"kind": "all"}}, False),
        ({"bounds": [], "scope": {"kind": "projects"}}, False),
    ],
)
def test_a_campaign_is_told_to_whom_it_concerns(campaign: dict[str, Any], *, told: bool) -> None:
    """One of all the jurisdiction to all, one of some subtrees to those who see them."""
    assert _concerns(campaign, UNIT) is told


@pytest.mark.parametrize(("organisation", "told"), [(b"", True), (b"U1", True), (b"U2", False)])
def test_reminders_are_told_to_whom_they_are_for(organisation: bytes, *, told: bool) -> None:
    """What is told of another organisation is not for everybody."""
    data = b'"organisation": "%s"' % organisation if organisation else b""

    assert _theirs({"event": b'{"data": {%s}}' % data}, UNIT) is told
