"""Packs that a tenant published: what their overrides make of the rules' parameters, by day.

What overrides say of parameters, of days in a row and of whether a rule is on is followed, of the
whole tenant and, laid upon it, of the department whose project it is (docs/rules.md); new rules and
severities are not.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

import yaml

from tests.oracle.dates import day as day_of
from tests.oracle.facts import Fact, Jurisdiction
from tests.oracle.moment import Parameters
from tests.oracle.rules import FOR_DAYS

PUBLISHED: Final = "rule_pack.published"
ENABLED: Final = "enabled"
BESIDE: Final = (FOR_DAYS, ENABLED)
"""What an override may say of a rule beside its parameters, kept beside them."""


def published(jurisdiction: Jurisdiction) -> dict[str | None, list[Fact]]:
    """Give the packs of a tenant, in order, by department; None: those of the whole."""
    found: dict[str | None, list[Fact]] = {None: []}
    for fact in jurisdiction.facts.get(PUBLISHED, ()):
        found.setdefault(fact.data.get("organisation") or None, []).append(fact)
    return found


def in_force(
    pack: Mapping[str, Parameters], day: dt.date, *layers: Iterable[Fact]
) -> Mapping[str, Parameters]:
    """Give the parameters of the rules that are on at a day, one layer laid upon the other."""
    found = dict(pack)
    for facts in layers:
        for fact in _highest(facts, day):
            for override in _overrides(fact):
                rule = override["rule"]
                if rule in found:
                    beside: dict[str, int] = {
                        name: override[name] for name in BESIDE if name in override
                    }
                    found[rule] = {**found[rule], **override.get("parameters", {}), **beside}
    return {rule: stated for rule, stated in found.items() if stated.get(ENABLED, True)}


def _highest(facts: Iterable[Fact], day: dt.date) -> list[Fact]:
    """Give of each pack the highest version that is in effect on a day, in order of their ids."""
    highest: dict[str, Fact] = {}
    for fact in facts:
        before = highest.get(fact.data["pack"])
        newer = before is None or fact.data["version"] > before.data["version"]
        if newer and _is_in_effect(fact, day):
            highest[fact.data["pack"]] = fact
    return [fact for _, fact in sorted(highest.items())]


def _is_in_effect(fact: Fact, day: dt.date) -> bool:
    first, last = fact.data.get("effective_from"), fact.data.get("effective_to")
    since = day_of(first) if first else fact.date
    return since <= day and (not last or day <= day_of(last))


def _overrides(fact: Fact) -> list[dict[str, Any]]:
    return _read(fact.data["content"])


@cache
def _read(content: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(content).get("overrides", [])
    return found
