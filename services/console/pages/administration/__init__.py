"""Pages of administration: organisations, people, catalogues, packs, templates."""

from fastapi import APIRouter

from services.console.pages.administration import (
    audit,
    catalogues,
    home,
    organisations,
    packs,
    people,
    person,
    templates,
)
from services.console.pages.frame.asking import Services


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes of the group."""
    for part in (home, organisations, people, person, audit, catalogues, packs, templates):
        part.add_routes(router, services)
