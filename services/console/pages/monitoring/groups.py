"""Groups of projects side by side, those with most money first."""

from typing import Any, Final

from contracts.vocabulary import wire_to_fen
from services.console.pages.frame.rendering import texts_of
from services.console.pages.frame.scope import Scope
from services.console.pages.frame.view import View
from services.console.pages.monitoring.asked import PATHS, Level, link_of

SHOWN: Final = 60
"""Groups on a page; the ranking lists all."""


def groups(view: View, scope: Scope, level: Level, found: list[Any]) -> dict[str, Any]:
    """Put together the groups, how their keys are said and where each leads."""
    by = level.group_by(view)
    texts = texts_of(view.language)
    said = {"account": "account", "class": "project_class"}.get(by)

    def name(key: str) -> str:
        if said is not None:
            return texts.of(said, key)
        return key if by == "function" else scope.name(key)

    def link(key: str) -> str:
        if by in PATHS:
            return link_of(view, scope, by, key)
        return view.link(after=None, **{by: key}) + "#projects"

    ordered = sorted(found, key=lambda one: -wire_to_fen(one["adjusted_budget"]))
    return {
        "by": by,
        "levels": level.groups,
        "groups": ordered[:SHOWN],
        "groups_left": max(0, len(found) - SHOWN),
        "group_name": name,
        "group_link": link,
    }
