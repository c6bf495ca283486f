"""The console put together: pages, the services they are made from, nothing else."""

from importlib.metadata import version

from services.chassis.service import HttpService
from services.console import pages
from services.console.pages.asking import Services
from services.console.pages.guarding import GuardMiddleware
from services.console.settings import ConsoleSettings


def create_app(settings: ConsoleSettings) -> HttpService:
    """Put the console together; nothing is connected before its app starts."""
    service = HttpService(settings, "Dualwatch console", version("dualwatch"))
    services = Services(
        {
            "intake": settings.intake_url,
            "analysis": settings.analysis_url,
            "alerts": settings.alerts_url,
            "reporting": settings.reporting_url,
        },
        settings.key,
        settings.answer_seconds,
    )
    for name in services.names:
        service.health.check(name, services.readiness_of(name))
    service.at_stop(services.close)
    pages.install(service.app, services)
    service.app.add_middleware(GuardMiddleware, loopback_only=settings.on_loopback)
    return service
