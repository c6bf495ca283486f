"""Where MongoDB is, and who we are there."""

import ssl
from typing import Annotated, Any, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from services.chassis.settings_secrets import from_file


class MongoPlace(BaseModel):
    """Where MongoDB is, and who we are there."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    url: Annotated[str, Field(repr=False)] = "mongodb://127.0.0.1:27117/?replicaSet=rs0"
    """Connection string; must be a replica set (transactions). User, password and TLS may stand in
    it (`mongodb://USER:PASSWORD@HOST/?replicaSet=rs0&tls=true&tlsCAFile=FILE`); better are USER,
    PASSWORD_FILE and CA_FILE, which leave no secret in the environment."""
    url_file: str = ""
    """File that holds the connection string and nothing else: better than URL where a password
    stands in it."""
    user: str = ""
    """Name of our MongoDB user, kept in the database `admin`; empty: nobody, or whom URL names."""
    password: SecretStr = SecretStr("")
    """Its password; better is PASSWORD_FILE, which does not show in the process's environment."""
    password_file: str = ""
    """File that holds the password and nothing else."""
    ca_file: str = ""
    """Certificates (PEM) that servers' certificates go back to; with it, TLS is spoken. Empty: what
    URL says (`tls=true` alone trusts what the machine trusts)."""
    certificate_file: str = ""
    """Our own certificate and its private key (PEM, not encrypted), where servers ask for one."""

    @property
    def client(self) -> dict[str, Any]:
        """What every client of MongoDB is made with: where it is, and how to get in."""
        found: dict[str, Any] = {"host": self.url}
        if self.user:
            found |= {"username": self.user, "password": self.password.get_secret_value()}
            found["authSource"] = "admin"
        if self.ca_file:
            found |= {"tls": True, "tlsCAFile": self.ca_file}
        if self.certificate_file:
            found |= {"tls": True, "tlsCertificateKeyFile": self.certificate_file}
        return found

    def secrets(self) -> list[str]:
        """Give what must not stand in any log."""
        standing = urlsplit(self.url).netloc.rpartition("@")[0].partition(":")[2]
        return [word for word in (unquote(standing), self.password.get_secret_value()) if word]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        return from_file(from_file(given, "url"), "password")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Tell everything that does not fit together, before anything is connected."""
        wrong = list(self._wrong_names())
        if self.ca_file or self.certificate_file:
            try:
                self._read_certificates()
            except (OSError, ValueError) as error:
                wrong.append(f"the certificates cannot be used: {error}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _wrong_names(self) -> list[str]:
        wrong = []
        if self.user and not self.password.get_secret_value():
            wrong.append("USER needs PASSWORD_FILE or PASSWORD")
        if not self.user and self.password.get_secret_value():
            wrong.append("PASSWORD_FILE and PASSWORD need USER")
        if self.user and "@" in urlsplit(self.url).netloc:
            wrong.append("give USER, or a user in URL, not both")
        return wrong

    def _read_certificates(self) -> None:
        context = ssl.create_default_context(cafile=self.ca_file or None)
        if self.certificate_file:
            context.load_cert_chain(self.certificate_file)
