"""Where webhooks and e-mail may go: a subscriber must not make us call what is inside (SSRF).

A URL is read here once, and what was read is what is called; every address that its host resolves
to is asked for, and the connection goes to the address that was asked for, by no second look-up.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NoReturn

URL_CHARACTERS_MAX: Final = 500
MAIL_CHARACTERS_MAX: Final = 254
HOST_CHARACTERS_MAX: Final = 253
PORTS_OF: Final = {"https": 443, "http": 80}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-~]*)?(?P<query>\?[!-~]*)?",
    re.ASCII | re.IGNORECASE,
)
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NUMBER: Final = re.compile(r"([0-9]+|0x[0-9a-f]*)", re.ASCII)
"""A last label like this makes a host a number for some parsers: 127.1, 2130706433, 0x7f.1."""
_MAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9.-]+)",
    re.ASCII,
)
_INSIDE: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "168.63.129.16/32",  # a cloud's metadata, at a public address
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
"""Loopback, private, link-local (with clouds' metadata), shared, multicast, reserved, examples."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class ForbiddenAddressError(ValueError):
    """Nothing may be sent there."""

    def __init__(self, detail: str, detail_zh: str) -> None:
        """Say why, in both languages."""
        super().__init__(detail)
        self.detail = detail
        self.detail_zh = detail_zh


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Where webhooks may go; the rules are the operator's."""

    hosts: frozenset[str] = frozenset()
    """Hosts that may resolve to anything; `.example.org` is all below it."""
    networks: tuple[Network, ...] = ()
    """Addresses that may be called though they are inside."""
    ports: tuple[range, ...] = (range(443, 444),)
    http: bool = False
    """Plain HTTP to what is allowed by name or network."""
    only_allowed: bool = False
    """Nothing but what is allowed by name or network."""

    def names(self, host: str) -> bool:
        """Whether a host is allowed by name."""
        above = ("." + host.split(".", n)[n] for n in range(1, host.count(".") + 1))
        return host in self.hosts or any(one in self.hosts for one in above)

    def holds(self, address: Address) -> bool:
        """Whether an address is allowed by network."""
        return any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: from these parts it is called."""

    scheme: str
    host: str
    """Lower case, without brackets."""
    port: int
    path: str
    """With its query."""
    literal: Address | None = field(default=None)
    """The host, if it is written as an address."""

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS_OF[self.scheme] else f"{host}:{self.port}"

    @property
    def key(self) -> tuple[str, int]:
        """What is called, whoever calls it."""
        return self.host, self.port

    def at(self, address: Address) -> str:
        """Write the URL with an address in place of the host: no second look-up can change it."""
        host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def read_url(text: str, rules: AddressRules) -> Target:
    """Read a webhook's URL; ForbiddenAddressError if nothing may be sent there whatever it is."""
    parts = _URL.fullmatch(text) if len(text) <= URL_CHARACTERS_MAX else None
    if parts is None:
        _refuse(
            "is not an https URL with a plain host: no user, no fragment, no blanks; names beyond "
            f"ASCII in their xn-- form; at most {URL_CHARACTERS_MAX} characters",
            f"不是普通主机名的 https 地址:不得含用户名、片段或空格,非 ASCII 域名用 xn-- 形式,"
            f"最长 {URL_CHARACTERS_MAX} 字符",
        )
    scheme, host = parts["scheme"].lower(), parts["host"].lower()
    port = int(parts["port"] or PORTS_OF[scheme])
    literal = _read_host(host)
    if not any(port in allowed for allowed in rules.ports):
        _refuse(f"port {port} is not allowed", f"不允许使用端口 {port}")
    if scheme == "http" and not rules.http:
        _refuse("must be https", "必须使用 https")
    path = (parts["path"] or "/") + (parts["query"] or "")
    return Target(scheme, str(literal or host), port, path, literal)


def _read_host(host: str) -> Address | None:
    """Give the address that a host is written as, None if it is a name."""
    if host.startswith("["):
        try:
            return ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            _refuse_host(host)
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return ipaddress.IPv4Address(host)
        except ValueError:
            # Decimal, octal, hexadecimal, shortened: resolvers read them, people do not.
            _refuse_host(host)
    if len(host) > HOST_CHARACTERS_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        _refuse_host(host)
    return None


def _refuse_host(host: str) -> NoReturn:
    _refuse(f"{host} is not a host", f"{host} 不是有效的主机")


def _refuse(detail: str, detail_zh: str) -> NoReturn:
    raise ForbiddenAddressError(detail, detail_zh)


def choose(
    target: Target, addresses: Iterable[Address], rules: AddressRules
) -> tuple[Address, ...]:
    """Give the addresses that may be called; ForbiddenAddressError if a single one may not.

    A name that resolves to something inside as well as to something outside is a trick.
    """
    found = tuple(dict.fromkeys(addresses))
    named = rules.names(target.host)
    for address in found:
        allowed = named or rules.holds(address)
        if not allowed and is_inside(address):
            _refuse(
                f"{target.host} is not a public address, and not one that is allowed here",
                f"{target.host} 不是公网地址,也不在允许范围内",
            )
        if not allowed and (rules.only_allowed or target.scheme == "http"):
            _refuse(
                f"{target.host} is not among what is allowed here",
                f"{target.host} 不在允许范围内",
            )
    if not found:
        _refuse(f"{target.host} has no address", f"{target.host} 无法解析为地址")
    return found


def is_inside(address: Address) -> bool:
    """Tell whether an address is anything but a public one, also within another one."""
    if any(address in network for network in _INSIDE if network.version == address.version):
        return True
    if not address.is_global or address.is_multicast:
        return True
    if isinstance(address, ipaddress.IPv4Address):
        return False
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return inner is not None and is_inside(inner)


def read_allowed(text: str) -> tuple[frozenset[str], tuple[Network, ...]]:
    """Read what the operator allows: hosts, `.suffixes`, addresses and networks, by commas."""
    hosts: set[str] = set()
    networks: list[Network] = []
    for one in filter(None, (part.strip().lower() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(one))
        except ValueError as error:
            labels = one.removeprefix(".").split(".")
            if _NUMBER.fullmatch(labels[-1]) or not all(map(_LABEL.fullmatch, labels)):
                msg = f"{one!r} is neither a host nor a network"
                raise ValueError(msg) from error
            hosts.add(one)
    return frozenset(hosts), tuple(networks)


def read_ports(text: str) -> tuple[range, ...]:
    """Read ports and spans of ports, by commas: 443, 8000-8999."""
    found = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        first, _, last = one.partition("-")
        try:
            ports = range(int(first), int(last or first) + 1)
        except ValueError as error:
            msg = f"{one!r} is not a port, nor a span of ports"
            raise ValueError(msg) from error
        if not ports or ports[0] < 1 or ports[-1] > 65_535:  # noqa: PLR2004 - the largest port
            msg = f"{one!r} is not a port, nor a span of ports"
            raise ValueError(msg)
        found.append(ports)
    return tuple(found)


def read_mail(text: str, domains: frozenset[str]) -> str:
    """Read an e-mail address in one of the domains; ForbiddenAddressError otherwise."""
    found = _MAIL.fullmatch(text) if len(text) <= MAIL_CHARACTERS_MAX else None
    if found is None:
        _refuse("is not an e-mail address", "不是有效的电子邮件地址")
    domain = found[2].lower()
    if not AddressRules(hosts=domains).names(domain):
        _refuse(
            f"{domain} is not among the domains that mail is sent to: {', '.join(sorted(domains))}",
            f"不向 {domain} 发送邮件,可用域名:{'、'.join(sorted(domains))}",
        )
    return text
