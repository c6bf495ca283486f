"""A secured Kafka on this machine: TLS everywhere, SASL/SCRAM for clients, a rule for each right.

Clients prove themselves by a password (SCRAM-SHA-512), brokers and controllers among themselves by
a certificate. Everything secret lies in one folder of the data directory, readable by its owner.
"""

import datetime as dt
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError

from deploy.local import access, kafka_admin
from deploy.local.certificates import Authority
from deploy.local.datadir import password_in
from deploy.local.errors import NotReadyError
from deploy.local.kafka import AUTHORIZER, Guard

FOLDER = "secure"
ADMIN = "admin"
"""The user who may do everything; the stack's own."""
BROKER = "broker"
"""The user that brokers are among themselves."""
NODES = "kafka"
"""Name on the certificate that all nodes show."""
MECHANISM = "SCRAM-SHA-512"
PROTOCOL = "SASL_SSL"
GRANT_TRIES_MAX = 3


class Security:
    """The users of one data directory's Kafka, their passwords, and the certificates."""

    def __init__(self, data_dir: Path, publishers: Sequence[str]) -> None:
        """Nothing is touched yet."""
        self.folder = data_dir / FOLDER
        self.publishers = tuple(publishers)
        self.users = access.users(self.publishers)

    @property
    def ca_file(self) -> Path:
        """Give the certificate that clients trust."""
        return self.folder / "tls" / "ca.pem"

    def password_file(self, user: str) -> Path:
        """Give the file with a user's password."""
        return self.folder / "users" / user

    def guard(self) -> Guard:
        """Make what is missing, and give how the nodes let others in."""
        authority = Authority.of(self.folder / "tls", self.now())
        store = authority.issue(NODES)
        passwords = {user: self._password(user) for user in (*self.users, ADMIN, BROKER)}
        scram = [f"{MECHANISM}=[name={u},password={passwords[u]}]" for u in (ADMIN, BROKER)]
        return Guard(
            listener="CLIENTS",
            protocol=PROTOCOL,
            controller_protocol="SSL",
            properties=_properties(store, authority.certificate_file, passwords[BROKER]),
            # The users that must exist before anybody can make users.
            format_options=tuple(word for each in scram for word in ("--add-scram", each)),
        )

    @staticmethod
    def now() -> dt.datetime:
        """Read the clock: certificates are valid from then on."""
        return dt.datetime.fromtimestamp(time.time(), dt.UTC)

    @cached_property
    def context(self) -> ssl.SSLContext:
        """Give what a client trusts."""
        return ssl.create_default_context(cafile=self.ca_file)

    def grant(self, bootstrap_servers: str) -> None:
        """Tell the running Kafka its users and their rights; told again, nothing changes."""
        passwords = {user: self._password(user) for user in self.users}
        client = self.client(ADMIN, bootstrap_servers)
        for tries_left in reversed(range(GRANT_TRIES_MAX)):
            try:
                kafka_admin.grant(client, passwords, access.rules(self.publishers))
            except (KafkaError, TimeoutError) as error:
                # A broker that has just come up may not know yet who leads.
                if not tries_left:
                    message = f"Kafka did not take its users and their rights: {error!r}"
                    raise NotReadyError(message) from error
            else:
                return

    def client(self, user: str, bootstrap_servers: str) -> dict[str, Any]:
        """Give what a client of aiokafka is made with to be this user."""
        return {
            "bootstrap_servers": bootstrap_servers.split(","),
            "security_protocol": PROTOCOL,
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": user,
            "sasl_plain_password": self._password(user),
            "ssl_context": self.context,
        }

    def environment(self, user: str) -> dict[str, str]:
        """Give what a service is told to be this user; one that is no user is told nothing."""
        if user not in self.users:
            return {}
        return {
            "DUALWATCH_KAFKA__SECURITY_PROTOCOL": PROTOCOL,
            "DUALWATCH_KAFKA__SASL_MECHANISM": MECHANISM,
            "DUALWATCH_KAFKA__USER": user,
            "DUALWATCH_KAFKA__PASSWORD_FILE": str(self.password_file(user)),
            "DUALWATCH_KAFKA__CA_FILE": str(self.ca_file),
        }

    def _password(self, user: str) -> str:
        return password_in(self.password_file(user))


def external_context(environ: Mapping[str, str]) -> ssl.SSLContext | None:
    """Give what is trusted of a Kafka that is not ours, where the services are to speak TLS."""
    if not environ.get("DUALWATCH_KAFKA__SECURITY_PROTOCOL", "").upper().endswith("SSL"):
        return None
    context = ssl.create_default_context(cafile=environ.get("DUALWATCH_KAFKA__CA_FILE") or None)
    certificate = environ.get("DUALWATCH_KAFKA__CERTIFICATE_FILE")
    if certificate:
        context.load_cert_chain(certificate, environ.get("DUALWATCH_KAFKA__CERTIFICATE_KEY_FILE"))
    return context


def _properties(store: Path, ca_file: Path, broker_password: str) -> Mapping[str, object]:
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    jaas = f'{login} username="{BROKER}" password="{broker_password}";'
    return {
        AUTHORIZER: "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{ADMIN};User:{BROKER};User:CN={NODES}",
        "sasl.enabled.mechanisms": MECHANISM,
        "sasl.mechanism.inter.broker.protocol": MECHANISM,
        "listener.name.clients.scram-sha-512.sasl.jaas.config": jaas,
        # A controller lets in only who shows the nodes' certificate.
        "listener.name.controller.ssl.client.auth": "required",
        "ssl.client.auth": "none",
        "ssl.enabled.protocols": "TLSv1.3,TLSv1.2",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": store,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": ca_file,
    }
