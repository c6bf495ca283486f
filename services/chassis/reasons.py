"""Why Kafka does not let us in, in plain words: the client's own error only says that it did not.

aiokafka tries all servers and keeps the reasons to itself; so one of them is asked once more.
"""

import asyncio
import ssl
from typing import Final

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError

from services.chassis.settings import KafkaSettings

ASK_MS: Final = 3_000
"""Longest a server may take to say why."""


async def why_not(settings: KafkaSettings) -> str:
    """Say why the first server does not let us in."""
    server = settings.servers[0]
    host, _, port = server.rpartition(":")
    told = {k: v for k, v in settings.client.items() if k != "bootstrap_servers"}
    try:
        async with asyncio.timeout(2 * ASK_MS / 1_000):
            connection = await create_conn(host, int(port), request_timeout_ms=ASK_MS, **told)
            connection.close()
    except (KafkaError, OSError, ValueError) as error:
        return f"{server}: {_in_words(error, settings)}"
    return f"{server} lets us in now"


# The first that holds; the special before the general.
_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (
        SaslAuthenticationFailed,
        "authentication failed: user {0.user!r} or its password is not known",
    ),
    (UnsupportedSaslMechanismError, "it does not take SASL_MECHANISM={0.sasl_mechanism}"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted ({1}); see CA_FILE"),
    (
        ssl.SSLError,
        (
            "it does not speak TLS as we do, or wants a certificate of us "
            "(SECURITY_PROTOCOL is {0.security_protocol})"
        ),
    ),
    (ConnectionRefusedError, "nobody listens there"),
    (
        TimeoutError,
        "no answer; does it speak another way? (SECURITY_PROTOCOL is {0.security_protocol})",
    ),
    (
        KafkaError,
        (
            "it ended the connection; does it speak another way? "
            "(SECURITY_PROTOCOL is {0.security_protocol})"
        ),
    ),
)


def _in_words(error: Exception, settings: KafkaSettings) -> str:
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words.format(settings, getattr(error, "verify_message", ""))
    return f"{type(error).__name__}: {error}"
