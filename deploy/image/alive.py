"""Asks the service in this container whether it lives; exit code 0 if so (HEALTHCHECK).

Alone with the standard library, as it is run every few seconds.
"""

import http.client
import os
import ssl
import sys

PORTS = {"console": 8100, "intake": 8101, "analysis": 8102, "alerts": 8103, "reporting": 8104}
LOOPBACK = "127.0.0.1"
ANSWER_SECONDS = 4.0
OK = 200


def main() -> int:
    """Ask whichever of our services listens here."""
    host = sys.argv[1] if len(sys.argv) > 1 else LOOPBACK
    return 0 if any(lives(host, port(name)) for name in PORTS) else 1


def port(name: str) -> int:
    """Give the port that a service listens on."""
    return int(os.environ.get(f"DUALWATCH_{name.upper()}__PORT") or PORTS[name])


def lives(host: str, number: int) -> bool:
    """Tell whether a service on this port says that each of its loops makes progress."""
    connection = _connection(host, number)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(host: str, number: int) -> http.client.HTTPConnection:
    if not os.environ.get("DUALWATCH_TLS__CERTIFICATE_FILE"):
        return http.client.HTTPConnection(host, number, timeout=ANSWER_SECONDS)
    trusted = os.environ.get("DUALWATCH_TLS__CA_FILE") or None
    context = ssl.create_default_context(cafile=trusted)
    # Within the container: who answers is known, and its certificate may name others alone.
    context.check_hostname = False
    return http.client.HTTPSConnection(host, number, timeout=ANSWER_SECONDS, context=context)


if __name__ == "__main__":
    sys.exit(main())
