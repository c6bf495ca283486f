"""Delivery as a part of the service: its stores, its task, its end."""

from collections.abc import Awaitable, Callable
from functools import partial

from services.alerts.delivery.courier import Courier
from services.alerts.delivery.guard import Guard
from services.alerts.delivery.lines import World
from services.alerts.delivery.mail import Mailer
from services.alerts.delivery.tail import Tail
from services.alerts.delivery.unsubscribing import add_unsubscribing, link_of
from services.alerts.delivery.webhooks import Sender
from services.alerts.settings import AlertsSettings
from services.alerts.store.deliveries import DeliveryStore
from services.alerts.store.sealing import Seal
from services.alerts.store.subscriptions import SubscriptionStore
from services.chassis.identity import DEPLOYMENT, Principal, deployment
from services.chassis.service import Service

Parts = tuple[SubscriptionStore, Seal, Callable[[str], Awaitable[None]], frozenset[str] | None]
"""What the routes need: store, seal, the check of a webhook's address, domains of mail."""


def _mailer(settings: AlertsSettings, seal: Seal) -> Mailer:
    base = settings.smtp.one_click
    return Mailer(settings.smtp, partial(link_of, base, seal) if base else None)


def add_delivery(service: Service, settings: AlertsSettings) -> Parts:
    """Let a service deliver what is subscribed to, as long as it runs."""
    owners = SubscriptionStore(service.mongo)
    store = DeliveryStore(service.mongo, settings.delivery_log_days)
    seal = Seal(settings.key)
    guard = Guard(settings.webhooks.rules)
    mailer = _mailer(settings, seal) if settings.smtp.host else None
    add_unsubscribing(service.app, owners, seal)

    def owner(name: str) -> Principal | None:
        return deployment() if name == DEPLOYMENT else service.directory.get(name)

    def known() -> bool:
        # Whoever follows the topic of principals puts another function there.
        current: bool = service.directory.current()
        return current

    courier = Courier(
        World(store, Tail(store), owner, known),
        sender=Sender(guard, settings.webhooks.ca_file),
        seal=seal,
        mailer=mailer,
        lease_seconds=settings.delivery_lease_seconds,
    )
    service.prepare(owners.open)
    service.task("delivery", courier.run)
    service.at_stop(courier.close)
    domains = settings.smtp.allowed if mailer else None
    return owners, seal, guard.check, domains
