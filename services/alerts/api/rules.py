"""HTTP: rules in force, layer by layer; the words they may use; packs, checked and listed."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from contracts.events.intake.decisions import PACK_LENGTH_MAX
from contracts.vocabulary import ID_LENGTH_MAX
from services.alerts.api.parameters import Name
from services.alerts.domain.facts import SPECS, FactSpec
from services.alerts.domain.layers import Ignored, Layer, RuleBook, RuleSet, StoredPack
from services.alerts.domain.rules import Evaluator, Rule
from services.alerts.packs.checking import check
from services.alerts.packs.faults import Place
from services.alerts.packs.loader import PackError, read_form
from services.alerts.packs.model import PackForm, RuleForm
from services.alerts.store.packs import PackStore
from services.chassis import clock
from services.chassis.identity import Caller, Principal
from services.chassis.problems import not_found
from services.chassis.segments import Segment

PACKS_LISTED_MAX: Final = 1_000
FORMS_MAX: Final = 200

BookOf = Callable[[str], Awaitable[RuleBook]]
"""Reads the book of a jurisdiction's home partition."""

AsOf = Annotated[
    dt.date | None, Query(description="Day; default: the last opened one of the jurisdiction.")
]
Content = Annotated[str, Field(min_length=1, max_length=PACK_LENGTH_MAX)]


class PackToCheck(BaseModel):
    """A pack that somebody is writing."""

    model_config = ConfigDict(extra="forbid")

    content: Content
    """YAML."""
    jurisdiction: Annotated[str | None, Field(max_length=ID_LENGTH_MAX)] = None
    """Whose layers it is laid upon; null: the shipped packs alone."""
    department: Annotated[str | None, Field(max_length=ID_LENGTH_MAX)] = None
    """Department whose pack it is; null: the jurisdiction's."""


class RuleDesk:
    """What the routes ask: the shipped forms, the published packs, who judges by which."""

    def __init__(
        self, shipped: Sequence[PackForm], book_of: BookOf, store: PackStore, evaluator: Evaluator
    ) -> None:
        """`book_of` gives the packs in force."""
        self.shipped = tuple(shipped)
        self.book_of = book_of
        self.store = store
        self.evaluator = evaluator

    async def day(self, jurisdiction: str | None, as_of: dt.date | None) -> dt.date:
        """Return the day that is meant: the last opened one, else the clock's."""
        found = as_of or (await self.store.today(jurisdiction) if jurisdiction else None)
        return found or clock.now().date()

    async def forms(self, book: RuleBook) -> dict[str, RuleForm]:
        """Return how each rule is written, by pack@version and rule id, of all packs."""
        found = {
            f"{form.id}@{form.version} {rule.id}": rule
            for form in self.shipped
            for rule in form.rules
        }
        for key in book.published.layers:
            pack = await self.store.pack(key)
            for rule in written(pack.content) if pack else ():
                found[f"{key.pack}@{key.version} {rule.id}"] = rule
        return found


@lru_cache(maxsize=FORMS_MAX)
def written(content: str) -> tuple[RuleForm, ...]:
    """Read the rules of a published pack as they are written; none if it cannot be read."""
    try:
        return read_form(content.encode()).rules
    except PackError:
        return ()


def add_routes(router: APIRouter, desk: RuleDesk) -> None:
    """Add the routes; those with a fixed name come before the one of a rule."""
    _add_packs(router, desk)

    @router.get("/rules")
    async def rules(
        asking: Caller,
        jurisdiction: Name = None,
        department: Name = None,
        as_of: AsOf = None,
    ) -> dict[str, Any]:
        """List the rules in force: what raises, by which article, thresholds and layers.

        Without a jurisdiction those of the shipped packs.
        """
        book, found = await in_force(desk, asking, jurisdiction, department, as_of)
        forms = await desk.forms(book)
        items = [rule_item(rule, forms) for rule in found.rules]
        ignored = [ignored_item(part) for part in found.ignored]
        return {"items": items, "ignored": ignored, "next": None}

    @router.get("/rules/facts")
    async def facts() -> dict[str, Any]:
        """List every fact that a rule may ask: type, unit, meaning, where it is known."""
        return {"items": [fact_item(spec) for spec in SPECS.values()], "next": None}

    @router.get("/rules/{rule}")
    async def one(
        asking: Caller,
        rule: Segment,
        jurisdiction: Name = None,
        department: Name = None,
        as_of: AsOf = None,
    ) -> dict[str, Any]:
        """Show a rule as it is in force, with what each layer made of it."""
        return await _one(desk, asking, rule, jurisdiction, department, as_of)


def _add_packs(router: APIRouter, desk: RuleDesk) -> None:
    @router.get("/rules/packs")
    async def packs(
        asking: Caller, jurisdiction: Name = None, as_of: AsOf = None
    ) -> dict[str, Any]:
        """List the shipped packs and those published for a jurisdiction and what it inherits."""
        day = await desk.day(jurisdiction, as_of)
        items = [_shipped_item(form) for form in desk.shipped]
        above: tuple[str, ...] = ()
        if jurisdiction is not None:
            book = await _book(desk, asking, jurisdiction)
            above = book.published.above(jurisdiction)
            items += [item async for item in _published_items(desk, book, jurisdiction, day)]
        return {"items": items, "above": list(above), "next": None}

    @router.post("/rules/check")
    async def check_pack(asking: Caller, pack: PackToCheck) -> dict[str, Any]:
        """Check a pack against the layers below it; faults with line and column."""
        _, found = await in_force(desk, asking, pack.jurisdiction, pack.department, None)
        content = pack.content.encode()
        checked = await asyncio.to_thread(check, content, found.rules, desk.evaluator)
        faults = [place_item(place) for place in checked.faults]
        return {"pack": checked.pack, "version": checked.version, "faults": faults}


async def _one(
    desk: RuleDesk,
    asking: Principal,
    rule: str,
    jurisdiction: str | None,
    department: str | None,
    as_of: dt.date | None,
) -> dict[str, Any]:
    book, found = await in_force(desk, asking, jurisdiction, department, as_of)
    known = next((one for one in found.rules if one.id == rule), None)
    if known is None:
        what = f"There is no rule {rule} in force."
        raise not_found(code="unknown_rule", what=what, what_zh=f"没有生效的规则 {rule}。")
    forms = await desk.forms(book)
    day = await desk.day(jurisdiction, as_of)
    layers = book.layers(jurisdiction, department or "", day) if jurisdiction else ()
    return {
        **rule_item(known, forms),
        "history": [change for layer in layers for change in _changes(layer, rule)],
        "ignored": [ignored_item(part) for part in found.ignored if part.rule == rule],
    }


async def _book(desk: RuleDesk, asking: Principal, jurisdiction: str) -> RuleBook:
    if asking.jurisdictions is not None and jurisdiction not in asking.jurisdictions:
        what = f"There is no jurisdiction {jurisdiction}."
        raise not_found(
            code="unknown_jurisdiction", what=what, what_zh=f"没有财政区划 {jurisdiction}。"
        )
    return await desk.book_of(jurisdiction)


async def in_force(
    desk: RuleDesk,
    asking: Principal,
    jurisdiction: str | None,
    department: str | None,
    as_of: dt.date | None,
) -> tuple[RuleBook, RuleSet]:
    """Return the packs of a jurisdiction and the rules in force by them; 404 for another's."""
    day = await desk.day(jurisdiction, as_of)
    if jurisdiction is None:
        book = RuleBook((await desk.book_of("")).shipped)
        return book, book.at("", None, day)
    book = await _book(desk, asking, jurisdiction)
    return book, book.at(jurisdiction, department, day)


def rule_item(rule: Rule, forms: Mapping[str, RuleForm]) -> dict[str, Any]:
    """Write a rule as people read it: as it is in force, its text as its first layer wrote it."""
    form = forms.get(f"{rule.layers[0]} {rule.id}") if rule.layers else None
    text = form.model_dump(mode="json", exclude={"id", "tests"}) if form else {}
    return {
        "rule_id": rule.id,
        **text,
        "pack": rule.pack,
        "pack_version": rule.pack_version,
        "scope": rule.scope.value,
        "aspect": rule.aspect.value,
        "article": rule.article,
        "title_zh": rule.title_zh,
        "title_en": rule.title_en,
        "severity": rule.severity.value,
        "for_days": rule.for_days,
        "term": {
            "explain_within": rule.term.explain_within,
            "explain_within_priority": rule.term.explain_within_priority,
            "remind_before": list(rule.term.remind_before),
            "escalate_after": list(rule.term.escalate_after),
        },
        "parameters": [
            {
                "name": name,
                "value": parameter.value,
                "unit": parameter.unit,
                "meaning_zh": parameter.meaning_zh,
                "meaning_en": parameter.meaning_en,
                "stricter": parameter.stricter,
                "layer": parameter.layer,
            }
            for name, parameter in rule.parameters.items()
        ],
        "layers": list(rule.layers),
    }


def place_item(place: Place) -> dict[str, Any]:
    """Write a fault with its place."""
    return {"line": place.line, "column": place.column, "fault": place.fault}


def fact_item(spec: FactSpec) -> dict[str, Any]:
    """Write one word of the rule language."""
    return {
        "name": spec.name,
        "scope": spec.scope.value,
        "type": spec.type.value,
        "unit": spec.unit,
        "meaning": spec.meaning,
        "nullable": spec.nullable,
        "flag": spec.flag if spec.nullable else None,
    }


def ignored_item(part: Ignored) -> dict[str, Any]:
    """Write a part of a pack that does not hold."""
    return {
        "layer": part.layer,
        "rule": part.rule or None,
        "parameter": part.parameter or None,
        "code": part.code,
        "why": part.why,
    }


def _changes(layer: Layer, rule: str) -> list[dict[str, Any]]:
    """Say what a layer made of a rule."""
    stated = [{"layer": layer.name, "change": "stated"} for one in layer.rules if one.id == rule]
    return stated + [
        {
            "layer": layer.name,
            "change": "overridden" if one.enabled else "switched_off",
            "parameters": dict(one.parameters),
            "severity": one.severity,
            "for_days": one.for_days,
            "term": one.term is not None,
        }
        for one in layer.overrides
        if one.rule == rule
    ]


def _shipped_item(form: PackForm) -> dict[str, Any]:
    return {
        "pack": form.id,
        "version": form.version,
        "jurisdiction": None,
        "organisation": None,
        "extends": form.extends,
        "effective_from": form.effective_from.isoformat(),
        "effective_to": form.effective_to.isoformat() if form.effective_to else None,
        "title_zh": form.title_zh,
        "title_en": form.title_en,
        "rules": len(form.rules),
        "overrides": len(form.overrides),
        "in_effect": True,
        "published_on": None,
        "sha256": None,
        "content": None,
    }


async def _published_items(desk: RuleDesk, book: RuleBook, jurisdiction: str, day: dt.date) -> Any:
    above = set(book.published.above(jurisdiction))
    keys = [key for key in book.published.layers if key.jurisdiction in above]
    for key in sorted(keys)[:PACKS_LISTED_MAX]:
        if key.organisation and key.jurisdiction != jurisdiction:
            continue
        layer = book.published.layers[key]
        effective = book.published.in_effect(key.jurisdiction, key.organisation, day)
        pack: StoredPack | None = await desk.store.pack(key)
        yield {
            "pack": key.pack,
            "version": str(key.version),
            "jurisdiction": key.jurisdiction,
            "organisation": key.organisation or None,
            "extends": layer.extends,
            "effective_from": layer.effective_from.isoformat(),
            "effective_to": layer.effective_to.isoformat() if layer.effective_to else None,
            "title_zh": layer.title_zh,
            "title_en": layer.title_en,
            "rules": len(layer.rules),
            "overrides": len(layer.overrides),
            "in_effect": layer in effective,
            "published_on": pack.published_on.isoformat() if pack else None,
            "sha256": pack.sha256 if pack else None,
            "content": pack.content if pack else None,
        }
