"""HTTP: the rules in force."""

from typing import Any

from fastapi import APIRouter

from services.alerts.packs.model import PackForm, RuleForm


def add_routes(router: APIRouter, packs: tuple[PackForm, ...]) -> None:
    """Add the route."""

    @router.get("/rules")
    async def rules() -> dict[str, Any]:
        """List the rules of all packs: what raises, from which article, by which thresholds."""
        items = [rule_item(pack, rule) for pack in packs for rule in pack.rules]
        return {"items": items, "next": None}


def rule_item(pack: PackForm, rule: RuleForm) -> dict[str, Any]:
    """Write a rule as people read it; its tests stay in the pack."""
    form = rule.model_dump(mode="json", exclude={"id", "tests"})
    return {
        "rule_id": rule.id,
        "pack": pack.id,
        "pack_version": pack.version,
        "effective_from": pack.effective_from.isoformat(),
        **form,
    }
