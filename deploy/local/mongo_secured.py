"""A secured MongoDB on this machine: TLS, a password for each user, each service its databases.

Members prove themselves to each other by a key file. Everything secret lies in the same folder of
the data directory as Kafka's, readable by its owner alone.
"""

import secrets
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local import mongo_access, mongo_admin
from deploy.local.certificates import Authority
from deploy.local.datadir import password_in, write_private
from deploy.local.errors import NotReadyError
from deploy.local.secured import FOLDER, Security

NODES = "mongo"
"""Name on the certificate that all members show."""
KEY_FILE_BYTES = 96
GRANT_MS = 20_000


class MongoSecurity:
    """The users of one data directory's MongoDB, their passwords, and the certificates."""

    def __init__(self, data_dir: Path) -> None:
        """Nothing is touched yet."""
        self.folder = data_dir / FOLDER
        self.users = mongo_access.users()

    @property
    def ca_file(self) -> Path:
        """Give the certificate that clients trust."""
        return self.folder / "tls" / "ca.pem"

    def password_file(self, user: str) -> Path:
        """Give the file with a user's password."""
        return self.folder / "mongo-users" / user

    def arguments(self) -> tuple[str, ...]:
        """Make what is missing, and give what a member is started with."""
        authority = Authority.of(self.folder / "tls", Security.now())
        store = authority.issue(NODES)
        key_file = self.folder / "mongo.key"
        if not key_file.exists():
            write_private(key_file, secrets.token_hex(KEY_FILE_BYTES))
        return (
            *("--auth", "--keyFile", str(key_file)),
            *("--tlsMode", "requireTLS", "--tlsDisabledProtocols", "TLS1_0,TLS1_1"),
            *("--tlsCertificateKeyFile", str(store), "--tlsCAFile", str(self.ca_file)),
            # Clients have passwords.
            "--tlsAllowConnectionsWithoutCertificates",
        )

    @property
    def encrypted(self) -> dict[str, Any]:
        """Give what any client is made with to be answered at all."""
        return {"tls": True, "tlsCAFile": str(self.ca_file)}

    def client(self, user: str) -> dict[str, Any]:
        """Give what a client is made with to be this user."""
        return {**self.encrypted, "username": user, "password": self._password(user)}

    def found(self, member: "mongo_admin.Client", login: "mongo_admin.Client") -> bool:
        """Make the first user on the primary, if there is none; tell whether it is known now.

        `member` says nothing of who it is: until there is a user, it may make one.
        """
        if mongo_admin.authenticates(login):
            return True
        password = {mongo_access.ADMIN: self._password(mongo_access.ADMIN)}
        mongo_admin.grant(member, password, (mongo_admin.ROOT,))
        return False

    def grant(self, url: str) -> None:
        """Tell the running set its users and their rights; told again, nothing changes."""
        passwords = {user: self._password(user) for user in self.users}
        login = self.client(mongo_access.ADMIN)
        client: mongo_admin.Client
        try:
            with MongoClient(url, serverSelectionTimeoutMS=GRANT_MS, **login) as client:
                mongo_admin.grant(client, passwords, mongo_access.rights())
        except PyMongoError as error:
            message = f"MongoDB did not take its users and their rights: {error!r}"
            raise NotReadyError(message) from error

    def environment(self, user: str) -> dict[str, str]:
        """Give what a service is told to be this user; one that is no user is told nothing."""
        if user not in self.users:
            return {}
        return {
            "DUALWATCH_MONGO__USER": user,
            "DUALWATCH_MONGO__PASSWORD_FILE": str(self.password_file(user)),
            "DUALWATCH_MONGO__CA_FILE": str(self.ca_file),
        }

    def _password(self, user: str) -> str:
        return password_in(self.password_file(user))


def environment_of(data_dir: Path, user: str) -> dict[str, str]:
    """Give what a client of a running secured stack is told; nothing where it is not secured."""
    security = MongoSecurity(data_dir)
    if not security.password_file(user).exists():
        return {}
    return security.environment(user)
