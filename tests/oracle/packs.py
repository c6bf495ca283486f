"""Packs that a tenant published: what their overrides make of the rules' parameters, by day.

Only parameters that a pack of the whole tenant overrides are followed (docs/rules.md); packs of a
department, new rules and severities are not recomputed.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

import yaml

from tests.oracle.dates import day as day_of
from tests.oracle.facts import Fact, Jurisdiction
from tests.oracle.moment import Parameters

PUBLISHED: Final = "rule_pack.published"


def published(jurisdiction: Jurisdiction) -> list[Fact]:
    """Give the packs of a whole tenant, in order."""
    facts = jurisdiction.facts.get(PUBLISHED, ())
    return [fact for fact in facts if not fact.data.get("organisation")]


def in_force(
    pack: Mapping[str, Parameters], facts: Iterable[Fact], day: dt.date
) -> Mapping[str, Parameters]:
    """Give the parameters at a day: of each pack the highest version in effect is laid upon."""
    highest: dict[str, Fact] = {}
    for fact in facts:
        before = highest.get(fact.data["pack"])
        newer = before is None or fact.data["version"] > before.data["version"]
        if newer and _effective(fact) <= day:
            highest[fact.data["pack"]] = fact
    found = dict(pack)
    for _, fact in sorted(highest.items()):
        for override in _overrides(fact):
            rule = override["rule"]
            if rule in found:
                found[rule] = {**found[rule], **override.get("parameters", {})}
    return found


def _effective(fact: Fact) -> dt.date:
    stated = fact.data.get("effective_from")
    return day_of(stated) if stated else fact.date


def _overrides(fact: Fact) -> list[dict[str, Any]]:
    return _read(fact.data["content"])


@cache
def _read(content: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(content).get("overrides", [])
    return found
