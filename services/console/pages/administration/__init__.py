"""Pages of administration: organisations, people, catalogues, packs, templates."""

from types import ModuleType

from fastapi import APIRouter

from services.console.pages.frame.asking import Services


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes of the group."""
    parts: tuple[ModuleType, ...] = ()
    for part in parts:
        part.add_routes(router, services)
