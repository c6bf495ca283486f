"""Where webhooks and mails may go: nothing inside, in whatever form it is written."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.domain.addresses import (
    AddressRules,
    ForbiddenAddressError,
    Target,
    choose,
    is_inside,
    read_allowed,
    read_mail,
    read_ports,
    read_url,
)

PLAIN = AddressRules()
PUBLIC = ipaddress.ip_address("93.184.215.14")
PUBLIC_6 = ipaddress.ip_address("2606:4700:4700::1111")


def allowing(text: str, **more: bool) -> AddressRules:
    """Make rules as settings do."""
    hosts, networks = read_allowed(text)
    return AddressRules(hosts, networks, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",  # noqa: S104 - an address to refuse
        "127.255.255.255", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:a00:1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
        "2001:db8::1", "2002:7f00:1::", "2002:c0a8:101::1", "fc00::1", "fd00:ec2::254",
        "fe80::1", "fec0::1", "ff02::1", "3fff::1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_inside(text: str) -> None:
    """Loopback, private, link-local, metadata, multicast, reserved: also within IPv6."""
    assert is_inside(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text", ["93.184.215.14", "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"]
)
def test_what_is_public_is_not(text: str) -> None:
    """Addresses of the whole world."""
    assert not is_inside(ipaddress.ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_within_ipv6(address: ipaddress.IPv4Address) -> None:
    """Mapped, 6to4 and NAT64 forms reach the same machine."""
    number = int(address)
    forms = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
    ]

    assert not is_inside(address) or all(is_inside(form) for form in forms)


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/", "https://017700000001/", "https://0x7f000001/", "https://127.1/",
        "https://0177.0.0.1/", "https://0x7f.0.0.1/", "https://127.0.0.1./", "https://1.2.3.4.5/",
        "https://[::1", "https://[fe80::1%25eth0]/", "https://[1.2.3.4]/", "https://a..b/",
        "https://-a.example/", "https://exa_mple.org/", "https://例子.中国/", "https:///path",
        "https://example.org:0/", "https://example.org:99999/", "https://example.org:22/",
        "https://u:p@example.org/", "https://example.org#f", "https://example.org/ x",
        "https://example.org/\r\nHost: x", "https://example.org\\@127.0.0.1/",
        "HTTP://example.org/", "file:///etc/passwd", "gopher://example.org/", "//example.org/",
        "example.org", "", "https://" + "a" * 600,
    ],
)  # fmt: skip
def test_urls_in_other_forms_are_not_read(url: str) -> None:
    """Numbers, users, fragments, blanks, other schemes and ports."""
    with pytest.raises(ForbiddenAddressError) as told:
        read_url(url, PLAIN)

    assert told.value.detail
    assert told.value.detail_zh


def test_a_url_is_called_by_the_parts_that_were_read() -> None:
    """The name goes to Host and certificate, the connection to the address."""
    target = read_url("https://Hooks.Example.ORG/a/b?c=d", PLAIN)

    assert Target("https", "hooks.example.org", 443, "/a/b?c=d") == target
    assert "hooks.example.org" == target.authority
    assert "https://93.184.215.14:443/a/b?c=d" == target.at(PUBLIC)
    assert "https://[2606:4700:4700::1111]:443/a/b?c=d" == target.at(PUBLIC_6)


def test_a_single_address_inside_is_enough_to_refuse() -> None:
    """A name that resolves to both is a trick; one without addresses goes nowhere."""
    target = read_url("https://hooks.example.org/", PLAIN)
    inside = ipaddress.ip_address("10.0.0.1")

    assert (PUBLIC, PUBLIC_6) == choose(target, [PUBLIC, PUBLIC_6, PUBLIC], PLAIN)
    for addresses in ([PUBLIC, inside], [inside], []):
        with pytest.raises(ForbiddenAddressError):
            choose(target, addresses, PLAIN)


def test_the_operator_allows_hosts_and_networks() -> None:
    """By name, by what is below a name, by network; plain http only to those."""
    inside = ipaddress.ip_address("10.20.1.1")
    rules = allowing("hooks.example.org, .gov.cn, 10.20.0.0/16", http=True)
    for url in ("https://other.example.org/", "http://other.example.org:443/"):
        assert (inside,) == choose(read_url(url, rules), [inside], rules)
    elsewhere = ipaddress.ip_address("192.168.1.1")
    for host in ("hooks.example.org", "finance.gov.cn", "a.b.gov.cn"):
        assert (elsewhere,) == choose(read_url(f"https://{host}/", rules), [elsewhere], rules)
    for host, address in (("gov.cn", elsewhere), ("xgov.cn", elsewhere)):
        with pytest.raises(ForbiddenAddressError):
            choose(read_url(f"https://{host}/", rules), [address], rules)
    with pytest.raises(ForbiddenAddressError):
        choose(read_url("http://other.example.org:443/", rules), [PUBLIC], rules)


def test_the_operator_allows_nothing_else() -> None:
    """ONLY_ALLOWED: public addresses are refused as well."""
    rules = allowing("hooks.example.org", only_allowed=True)

    assert (PUBLIC,) == choose(read_url("https://hooks.example.org/", rules), [PUBLIC], rules)
    with pytest.raises(ForbiddenAddressError):
        choose(read_url("https://example.org/", rules), [PUBLIC], rules)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "127.1", "exa mple", "a..b", "*.example.org"])
def test_a_faulty_allowance_is_told(text: str) -> None:
    """At the start, not when it is needed."""
    with pytest.raises(ValueError, match="neither"):
        read_allowed(text)


def test_ports_are_read_by_commas_and_spans() -> None:
    """443, 8000-8999."""
    assert (range(443, 444), range(8_000, 9_000)) == read_ports("443, 8000-8999")
    for text in ("x", "0", "65536", "9-8", "1-2-3"):
        with pytest.raises(ValueError, match="port"):
            read_ports(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a@", "@example.cn", "a@b@example.cn", "a b@example.cn", "a@example.cn\r\nBcc: x",
        "a@other.cn", "<a@example.cn>", "a..b@example.cn", "a@example.cn,b@example.cn",
        "x" * 250 + "@example.cn",
    ],
)  # fmt: skip
def test_mail_goes_only_to_addresses_of_our_domains(text: str) -> None:
    """Nothing that breaks out of a header, and nobody else's mailbox."""
    domains = frozenset({"example.cn", ".finance.gov.cn"})
    assert "a.b+c@Example.cn" == read_mail("a.b+c@Example.cn", domains)
    assert "a@x.finance.gov.cn" == read_mail("a@x.finance.gov.cn", domains)
    with pytest.raises(ForbiddenAddressError):
        read_mail(text, domains)
