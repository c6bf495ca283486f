"""A whole service in a few lines, as a program: it counts the records of its topic.

Run as a module with DUALWATCH_… in the environment: `python -m tests.integration.chassis.counting`.
"""

from typing import ClassVar

from fastapi import APIRouter

from services.chassis.identity import Permission
from services.chassis.runner import run
from services.chassis.service import Service
from services.chassis.settings import Port, ServiceSettings
from tests.integration.chassis.folding import Folder


class CountingSettings(ServiceSettings):
    """Settings under DUALWATCH_COUNTING__…."""

    SERVICE: ClassVar[str] = "counting"

    port: Port = 8199
    """Port to listen on."""
    topic: str
    """Topic to count."""
    fail: bool = False
    """Whether a task dies soon after the start."""


def create_app(settings: CountingSettings) -> Service:
    """Put the service together."""
    service = Service(settings, "Counting", "1.0.0")
    folder = Folder(service.mongo, settings.topic)
    service.prepare(folder.open)
    service.broker.subscribe(settings.topic, f"group.{settings.topic}", folder)

    async def die() -> None:
        message = "as it was told"
        raise ValueError(message)

    if settings.fail:
        service.task("dying", die)
    router = APIRouter()

    @router.get("/v1/count")
    async def count() -> dict[str, int]:
        """Give how many records are kept."""
        return {"count": len(await folder.kept())}

    service.include(router, Permission.READ)
    return service


if __name__ == "__main__":
    run(CountingSettings, create_app)
