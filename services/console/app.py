"""The console put together: pages, the services they are made from, nothing else."""

from importlib.metadata import version

from services.chassis.service import HttpService
from services.console import pages
from services.console.pages import operating
from services.console.pages.entrance.oidc import Provider
from services.console.pages.entrance.sessions import Guest, Sessions, key_of_file
from services.console.pages.frame.asking import Services
from services.console.pages.frame.guarding import GuardMiddleware
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
        None,
        settings.answer_seconds,
        trust=settings.tls.trust,
    )
    tls = settings.behind_tls
    sessions = Sessions(settings.key, guest_of(settings), secure=tls or not settings.on_loopback)
    provider = Provider(settings.oidc) if settings.oidc.client_id else None
    for name in services.names:
        service.health.check(name, services.readiness_of(name))
    service.at_stop(services.close)
    pages.install(service.app, services, sessions, provider)
    operating.install(service.app, services, service.levels)
    # A proxy on the same machine passes on the name that people open it by.
    alone = settings.on_loopback and not tls
    service.app.add_middleware(GuardMiddleware, loopback_only=alone, tls=tls)
    return service


def guest_of(settings: ConsoleSettings) -> Guest:
    """Tell whose key is used for those who have not signed in, if anybody's (ADR 10)."""
    if settings.guest_key_file:
        return key_of_file(settings.guest_key_file)
    if settings.open_without_sign_in:
        return lambda: settings.key
    return lambda: None
