"""Pages of reporting: campaigns, papers, downloads."""

from fastapi import APIRouter

from services.console.pages.frame.asking import Services
from services.console.pages.reporting import campaign_files, campaigns, paper, paper_saving, papers


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes of the group."""
    # Files before the steps of a campaign or a paper, whose addresses would swallow theirs.
    for part in (campaign_files, campaigns, papers, paper_saving, paper):
        part.add_routes(router, services)
