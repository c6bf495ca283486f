"""Catalogues: the words that table files may use for the codes of the contracts."""

from typing import Any

from fastapi import APIRouter

from services.intake.files.lookups import LOOKUPS


def router() -> APIRouter:
    """Make the route; the words are the deployment's, the same for everybody."""
    routes = APIRouter(tags=["files"])

    @routes.get("/v1/catalogues")
    async def catalogues() -> dict[str, Any]:
        """List by catalogue which words of tables stand for which code."""
        items = []
        for name, table in LOOKUPS.items():
            words: dict[str, list[str]] = {}
            for word, value in table.items():
                words.setdefault(str(value), []).append(word)
            items.append({"catalogue": name, "words": words})
        return {"items": items, "next": None}

    return routes
