"""A certificate authority for one data directory: it proves the local brokers to their clients."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.local.datadir import write_private
from deploy.local.errors import UsageError
from deploy.local.ports import LOOPBACK

AUTHORITY = "ca"
VALID = dt.timedelta(days=3_650)
# Clocks differ a little.
BEFORE = dt.timedelta(days=1)
HOSTS = ("localhost",)


@dataclass(frozen=True)
class Authority:
    """An authority of our own, and the folder with everything it has signed."""

    folder: Path
    now: dt.datetime

    @classmethod
    def of(cls, folder: Path, now: dt.datetime) -> Self:
        """Give the folder's authority; it is made on first use and stays."""
        authority = cls(folder, now)
        if not authority.certificate_file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            authority._found()
        return authority

    @property
    def certificate_file(self) -> Path:
        """Give the certificate that clients trust."""
        return self.folder / f"{AUTHORITY}.pem"

    def issue(self, name: str, hosts: Sequence[str] = ()) -> Path:
        """Give the certificate of a name, for loopback and these hosts; made on first use.

        It is made anew when it does not speak for all of them. Key and certificate are in
        `<name>.key` and `<name>.pem`; `<name>.store.pem` holds both and the authority's, as Kafka
        reads them. Gives that file.
        """
        store = self.folder / f"{name}.store.pem"
        if store.exists() and self._speaks_for(name, hosts):
            return store
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(name, key.public_key(), hosts)
        write_private(self.folder / f"{name}.key", _pem(key).rstrip())
        chain = _certificate_pem(certificate)
        write_private(self.folder / f"{name}.pem", chain.rstrip())
        authority = self.certificate_file.read_text(encoding="utf-8")
        write_private(store, f"{_pem(key)}{chain}{authority}".rstrip())
        return store

    def has_issued(self, file: Path) -> bool:
        """Tell whether the first certificate of a file is one of ours."""
        authority = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        try:
            x509.load_pem_x509_certificate(file.read_bytes()).verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def _speaks_for(self, name: str, hosts: Sequence[str]) -> bool:
        file = self.folder / f"{name}.pem"
        if not file.exists():
            return False
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return set(map(_host, hosts)) <= set(names)

    def _found(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Dualwatch local authority")
        certificate = (
            self._dated(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)  # noqa: FBT003 - the library's signature
            .sign(key, hashes.SHA256())
        )
        write_private(self.folder / f"{AUTHORITY}.key", _pem(key).rstrip())
        # Last: an authority whose key was not written yet is made anew.
        write_private(self.certificate_file, _certificate_pem(certificate).rstrip())

    def _sign(
        self, name: str, public: ec.EllipticCurvePublicKey, more: Sequence[str]
    ) -> x509.Certificate:
        authority = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
        key_file = self.folder / f"{AUTHORITY}.key"
        if not key_file.exists():
            message = f"{key_file} is not there, and {name} needs a certificate: bring it back"
            raise UsageError(message)
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            message = f"{key_file} is not the key of our authority"
            raise TypeError(message)
        hosts = [_host(host) for host in dict.fromkeys((LOOPBACK, *HOSTS, *more))]
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        return (
            self._dated(_name(name), authority.subject, public)
            .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(both), critical=False)
            .add_extension(issuer, critical=False)
            .sign(key, hashes.SHA256())
        )

    def _dated(
        self, subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - BEFORE)
            .not_valid_after(self.now + VALID)
        )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _certificate_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
