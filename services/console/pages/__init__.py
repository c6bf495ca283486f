"""The pages: asked for, worked out, written as HTML."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from services.console.pages.asking import Services


def install(app: FastAPI, services: Services) -> None:
    """Add the pages to an app."""

    @app.get("/", include_in_schema=False)
    async def start() -> HTMLResponse:
        return HTMLResponse(f"<!doctype html><title>Dualwatch</title>{len(services.names)}")
