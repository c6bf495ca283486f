"""Makes a deployment's secrets: an authority, certificates, passwords, keys, each once.

What is there stays, so it may be run again at any time: after a name was added, or to put owners
and modes right. To change a secret, delete its file here and in the other folders that hold it.
"""

import datetime as dt
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from deploy.local import access, mongo_access
from deploy.local.certificates import Authority
from deploy.local.datadir import write_private
from deploy.setup import layout
from deploy.setup.layout import Shape

SECRET_BYTES: Final = 32
KEY_FILE_BYTES: Final = 96
"""Of the key that members of the replica set know each other by; at most 1,024 characters."""
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o400
AUTHORITY: Final = "authority"
SETUP: Final = "setup"
"""Folder of who may do everything: seen by the setup jobs alone."""


@dataclass(frozen=True)
class Maker:
    """Fills one folder of secrets."""

    root: Path
    shape: Shape
    now: dt.datetime

    def make(self) -> list[str]:
        """Make all that is missing; give the names of the folders."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / AUTHORITY).mkdir(mode=FOLDER_MODE, exist_ok=True)
        self._setup()
        for node in self.shape.nodes("kafka"):
            self._node(node)
        for node in self.shape.nodes("mongo"):
            self._node(node)
            self._copy(SETUP, "mongo.key", node, "mongo.key")
        # The image makes the first user from it, on the member that founds the set.
        self._copy(SETUP, "users/mongo/admin", "mongo-1", "root-password")
        for service in layout.SERVICES:
            self._service(service)
        self._certificate("proxy", "proxy")
        self._folder("prometheus")
        self._secret("grafana", "admin-password")
        self._folder("operator")
        self._withdraw("operator")
        self._copy(SETUP, f"users/kafka/{access.OPERATOR}", "operator", "kafka-password")
        self._copy(SETUP, f"users/mongo/{mongo_access.OPERATOR}", "operator", "mongo-password")
        self._copy(SETUP, "key", "operator", "key")
        return self._give_away()

    @property
    def _authority(self) -> Authority:
        return Authority.of(self.root / AUTHORITY, self.now)

    def _setup(self) -> None:
        self._certificate(SETUP, SETUP)
        self._secret(SETUP, "key")
        self._secret(SETUP, "mongo.key", lambda: secrets.token_hex(KEY_FILE_BYTES))
        for user in access.users(self.shape.publishers):
            self._secret(SETUP, f"users/kafka/{user}")
        for user in (mongo_access.ADMIN, *mongo_access.users()):
            self._secret(SETUP, f"users/mongo/{user}")
        # Where a folder is one Secret, without folders in it.
        self._copy(SETUP, f"users/mongo/{mongo_access.ADMIN}", SETUP, "mongo-password")

    def _node(self, name: str) -> None:
        """Give a node of a store its certificate and key in one file, as both read them."""
        store = self._authority.issue(name, self.shape.hosts(name))
        if self._is_ours(self.root / name / "node.pem"):
            self._put(name, "node.pem", store.read_text("utf-8"))
        self._folder(name)

    def _service(self, service: str) -> None:
        self._certificate(service, service)
        self._copy(SETUP, "key", service, "key")
        if service in layout.STORES:
            self._copy(SETUP, f"users/kafka/{service}", service, "kafka-password")
            self._copy(SETUP, f"users/mongo/{service}", service, "mongo-password")
        if service == "intake":
            self._secret(service, "people-key")
            self._secret(service, "checkpoint.key", _signing_key)

    def _certificate(self, folder: str, name: str) -> None:
        self._authority.issue(name, self.shape.hosts(name))
        if self._is_ours(self.root / folder / "tls.pem"):
            for kind in ("pem", "key"):
                made = (self.root / AUTHORITY / f"{name}.{kind}").read_text("utf-8")
                self._put(folder, f"tls.{kind}", made)
        self._folder(folder)

    def _withdraw(self, folder: str) -> None:
        """Delete the certificate of who may do everything, where a former release put it."""
        file = self.root / folder / "tls.pem"
        if file.exists() and self._authority.has_issued(file) and _name_in(file) == SETUP:
            file.unlink()
            file.with_suffix(".key").unlink(missing_ok=True)

    def _is_ours(self, file: Path) -> bool:
        """Whether a certificate is missing or of our authority; another's stays as it is."""
        return not file.exists() or self._authority.has_issued(file)

    def _folder(self, name: str) -> None:
        """Say who is trusted, once: others may stand beside our authority, or in its place."""
        if not (self.root / name / "ca.pem").exists():
            self._put(name, "ca.pem", self._authority.certificate_file.read_text("utf-8"))

    def _secret(
        self,
        folder: str,
        name: str,
        draw: Callable[[], str] = lambda: secrets.token_urlsafe(SECRET_BYTES),
    ) -> None:
        if not (self.root / folder / name).exists():
            self._put(folder, name, draw())

    def _copy(self, source: str, name: str, folder: str, as_name: str) -> None:
        self._put(folder, as_name, (self.root / source / name).read_text("utf-8"))

    def _put(self, folder: str, name: str, content: str) -> None:
        file = self.root / folder / name
        file.parent.mkdir(parents=True, mode=FOLDER_MODE, exist_ok=True)
        if not file.exists() or file.read_text("utf-8").rstrip() != content.rstrip():
            write_private(file, content.rstrip())

    def _give_away(self) -> list[str]:
        """Give each folder to the user of its container; only root can, others keep them."""
        folders = sorted(path for path in self.root.iterdir() if path.is_dir())
        for folder in folders:
            owner = owner_of(folder.name)
            for path in (folder, *folder.rglob("*")):
                path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
                if os.geteuid() == 0:
                    os.chown(path, owner, owner)
        return [folder.name for folder in folders]


def owner_of(folder: str) -> int:
    """Give the user who reads a folder."""
    if folder in {AUTHORITY, SETUP}:
        return layout.ROOT if folder == AUTHORITY else layout.OURS
    kind = folder.partition("-")[0]
    others = {"kafka": layout.KAFKA, "mongo": layout.MONGO, "grafana": layout.GRAFANA}
    return {**others, "prometheus": layout.NOBODY}.get(kind, layout.OURS)


def passwords(folder: Path) -> dict[str, str]:
    """Read the passwords of a store's users, one file each."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    return {file.name: file.read_text("utf-8").strip() for file in files}


def _name_in(file: Path) -> str:
    subject = x509.load_pem_x509_certificate(file.read_bytes()).subject
    return ",".join(str(one.value) for one in subject.get_attributes_for_oid(NameOID.COMMON_NAME))


def _signing_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
