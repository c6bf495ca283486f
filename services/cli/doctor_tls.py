"""How long certificates still hold, of everything that is spoken to with TLS."""

import asyncio
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.chassis.certificates import shown_by
from services.cli.findings import Finding, fault, ok, span, warning

DAYS_WARNING: Final = 30
DAY_SECONDS: Final = 86_400
RENEW: Final = "renew it and restart who shows it"


@dataclass(frozen=True)
class Spoken:
    """One place that is spoken to with TLS."""

    part: str
    host: str
    port: int
    context: ssl.SSLContext


async def examine(places: Iterable[Spoken]) -> list[Finding]:
    """Look at each certificate, all at once."""
    return list(await asyncio.gather(*(_examine(place) for place in places)))


async def _examine(place: Spoken) -> Finding:
    part = f"{place.part} {place.host}:{place.port}"
    try:
        ends = await shown_by(place.host, place.port, place.context)
    except ssl.SSLCertVerificationError as error:
        return fault("certificate", part, f"not trusted: {error.verify_message}", RENEW)
    except (OSError, TimeoutError) as error:
        return fault("certificate", part, f"no TLS is spoken there ({error})", "see its log")
    left = ends - time.time()
    words = f"it holds for {span(left)} more"
    if left < DAYS_WARNING * DAY_SECONDS:
        return warning("certificate", part, words, RENEW)
    return ok("certificate", part, words)
