"""How services prove to each other and to people's programs who they are: HTTPS."""

import ssl
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator


class TlsSettings(BaseModel):
    """Certificates of the services' own HTTP; without one they speak in the clear."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    certificate_file: str = ""
    """Our certificate with what it goes back to (PEM): HTTPS alone is then answered. Empty: HTTP,
    for one machine, or behind a proxy that encrypts."""
    certificate_key_file: str = ""
    """Its private key (PEM, not encrypted)."""
    ca_file: str = ""
    """Certificates (PEM) that other services' certificates go back to; empty: those the machine
    trusts. Commands (`dualwatch …`) read it too."""

    @property
    def server(self) -> dict[str, Any]:
        """What the server is made with: nothing where it speaks in the clear."""
        if not self.certificate_file:
            return {}
        return {"ssl_certfile": self.certificate_file, "ssl_keyfile": self.certificate_key_file}

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client of other services trusts."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Tell what does not fit together before anything listens."""
        if bool(self.certificate_file) != bool(self.certificate_key_file):
            msg = "CERTIFICATE_FILE and CERTIFICATE_KEY_FILE belong together"
            raise ValueError(msg)
        try:
            if self.ca_file:
                _ = self.trust
            if self.certificate_file:
                own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                own.load_cert_chain(self.certificate_file, self.certificate_key_file)
        except (OSError, ValueError) as error:
            msg = f"the certificates cannot be used: {error}"
            raise ValueError(msg) from error
        return self
