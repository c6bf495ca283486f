"""Until when certificates hold: those we show, those we trust, those that others show us."""

import asyncio
import contextlib
import ssl
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from services.chassis import metrics
from services.chassis.log import get_logger

ANSWER_SECONDS: Final = 5.0
FILE_BYTES_MAX: Final = 1_000_000

ENDS: Final = metrics.gauge(
    "dualwatch_certificate_ends_seconds",
    "When the first certificate of a kind ends, in seconds since 1970: of this process (own), of "
    "the authorities that it trusts (trusted), those that Kafka's bootstrap servers and MongoDB's "
    "members show it.",
    ("kind",),
)

log = get_logger(__name__)


def tell(*places: Any) -> None:
    """Tell when the certificates end that a process begins with: a new file needs a new start.

    Each place has settings `certificate_file` and `ca_file`, which may be empty.
    """
    own = [ends_of(place.certificate_file)[:1] for place in places if place.certificate_file]
    # Old authorities may stand beside new ones.
    trusted = [ends_of(place.ca_file) for place in places if place.ca_file]
    if found := [ends for some in own for ends in some]:
        ENDS.labels("own").set(min(found))
    if known := [max(some) for some in trusted if some]:
        ENDS.labels("trusted").set(min(known))


def ends_of(file: str) -> list[float]:
    """Return when each certificate of a file (PEM) ends, in seconds since 1970, in its order.

    What cannot be read ends never: whoever needs it says so.
    """
    try:
        with Path(file).open("rb") as opened:
            found = x509.load_pem_x509_certificates(opened.read(FILE_BYTES_MAX))
    except (OSError, ValueError) as error:
        log.warning("certificate_not_read", file=file, reason=repr(error))
        return []
    return [each.not_valid_after_utc.timestamp() for each in found]


async def shown_by(host: str, port: int, context: ssl.SSLContext) -> float:
    """Return when the certificate that somebody shows ends, in seconds since 1970.

    Raises OSError (an SSLCertVerificationError where it is not trusted) or TimeoutError.
    """
    async with asyncio.timeout(ANSWER_SECONDS):
        _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
        shown = writer.get_extra_info("ssl_object").getpeercert() or {}
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return float(ssl.cert_time_to_seconds(str(shown.get("notAfter", "Jan  1 00:00:00 1970 GMT"))))
