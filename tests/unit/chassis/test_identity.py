"""Who is let in, to what, and of whom; and how long a key that was taken back goes on opening."""

import asyncio
import datetime as dt
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import APIRouter

from contracts.codec import encode, new_event
from contracts.events.principals import PrincipalKey, PrincipalRegistered, PrincipalRevoked
from contracts.vocabulary import PrincipalKind, Role
from services.chassis import clock
from services.chassis.identity import (
    PERMISSIONS,
    Caller,
    Key,
    Permission,
    Principal,
    deployment,
)
from services.chassis.identity_keys import Directory, draw
from services.chassis.identity_topic import STALE_SECONDS_MAX, Following
from services.chassis.service import Service
from services.chassis.settings import KafkaSettings, ServiceSettings

OWN = "the deployment's own key"
NOW = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)


def a_principal(*roles: Role, name: str = "li-hua", **changes: Any) -> tuple[Principal, str]:
    """Make a principal with one key, and the key."""
    drawn = draw()
    key = Key(drawn.key_id, drawn.sha256, NOW, changes.pop("expires", None))
    found = Principal(
        name, PrincipalKind.STAFF, frozenset(roles or {Role.AUDITOR}), keys=(key,), **changes
    )
    return found, drawn.secret


def router() -> APIRouter:
    found = APIRouter()

    @found.post("/v1/things")
    async def things(asking: Caller, body: dict[str, Any]) -> dict[str, Any]:
        return {"id": asking.id, "body": body}

    return found


@pytest.fixture
async def service() -> Service:
    made = Service(ServiceSettings(key=OWN), "Test", "1.0.0")
    made.include(router(), Permission.VERIFY)
    return made


async def ask(
    service: Service, *authorization: str, body: bytes = b"{}", path: str = "/v1/things"
) -> httpx.Response:
    """Ask with these Authorization headers."""
    headers = [(b"content-type", b"application/json")]
    headers += [(b"authorization", value.encode()) for value in authorization]
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post(path, content=body, headers=headers)


async def test_a_key_lets_its_principal_in(service: Service) -> None:
    """And the route knows who asks."""
    principal, secret = a_principal()
    service.directory.put(principal)

    assert (await ask(service, f"Bearer {secret}")).json()["id"] == "li-hua"
    assert (await ask(service, f"bearer  {secret}")).json()["id"] == "li-hua"
    assert (await ask(service, f"Bearer {OWN}")).json()["id"] == "deployment"


async def test_a_key_is_a_secret_of_256_bits() -> None:
    """Its id tells nothing of the rest."""
    one, two = draw(), draw()
    prefix, key_id, secret = one.secret.split("_", 2)

    assert (prefix, key_id, len(secret)) == ("dw", one.key_id, 43)
    assert one.secret != two.secret
    assert one.secret not in one.sha256


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: (), id="none"),
        pytest.param(lambda key: (f"Bearer {key}x",), id="longer"),
        pytest.param(lambda key: (f"Bearer {key[:-1]}",), id="shorter"),
        pytest.param(lambda key: (f"Bearer {key.upper()}",), id="other-case"),
        pytest.param(lambda key: (f"Basic {key}",), id="other-scheme"),
        pytest.param(lambda key: (key,), id="no-scheme"),
        pytest.param(lambda key: (f"Bearer {key}", "Bearer x"), id="two-headers"),
        pytest.param(lambda key: ("Bearer x", f"Bearer {key}"), id="two-headers-turned"),
        pytest.param(lambda key: (f"Bearer {key}, Bearer {key}",), id="joined-headers"),
        pytest.param(lambda key: (f"Bearer {key}\u200b",), id="unicode"),
        pytest.param(lambda key: (f"Bearer {key}{'a' * 9_000}",), id="huge"),
        pytest.param(lambda key: (f"Bearer dw_{key.split('_')[1]}_",), id="key-id-alone"),
        pytest.param(lambda _: ("Bearer ",), id="empty"),
    ],
)
async def test_what_is_not_exactly_the_key_opens_nothing(service: Service, spoil: Any) -> None:
    """401, the same bytes whatever is wrong with it."""
    principal, secret = a_principal()
    service.directory.put(principal)
    nobody = await ask(service)

    answer = await ask(service, *spoil(secret))

    assert answer.status_code == 401
    assert answer.content == nobody.content


async def test_nothing_of_a_request_is_read_before_its_key(service: Service) -> None:
    """Neither its body nor which addresses there are."""
    assert (await ask(service, body=b"not json")).status_code == 401
    assert (await ask(service, path="/v1/nowhere")).status_code == 401
    assert (await ask(service, path="/v1/nowhere")).content == (await ask(service)).content


async def test_a_missing_permission_is_told(service: Service) -> None:
    """403 with the permission and the roles that have it."""
    principal, secret = a_principal(Role.PUBLISHER)
    service.directory.put(principal)

    answer = await ask(service, f"Bearer {secret}")
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (403, "forbidden")
    assert problem["permission"] == "verify"
    assert "auditor" in problem["hint"]


async def test_a_key_ends_when_it_expires_or_is_taken_back(service: Service) -> None:
    """On the moment, without anybody being told."""
    past, future = clock.now() - dt.timedelta(seconds=1), clock.now() + dt.timedelta(hours=1)
    ended, ended_secret = a_principal(name="ended", expires=past)
    valid, valid_secret = a_principal(name="valid", expires=future)
    service.directory.put(ended)
    service.directory.put(valid)
    assert (await ask(service, f"Bearer {ended_secret}")).status_code == 401
    assert (await ask(service, f"Bearer {valid_secret}")).status_code == 200

    revoked = msgspec.structs.replace(valid.keys[0], revoked=past)
    service.directory.put(msgspec.structs.replace(valid, keys=(revoked,)))

    assert (await ask(service, f"Bearer {valid_secret}")).status_code == 401


async def test_a_principal_that_loses_a_key_is_forgotten_under_it(service: Service) -> None:
    """What was known of it before is replaced as a whole."""
    principal, secret = a_principal()
    service.directory.put(principal)
    other, other_secret = a_principal()
    service.directory.put(other)

    assert (await ask(service, f"Bearer {secret}")).status_code == 401
    assert (await ask(service, f"Bearer {other_secret}")).status_code == 200
    assert len(service.directory) == 1


def told(principal: Principal, version: int, *, subject: str | None = None) -> Any:
    """Make the record that tells of a principal."""
    data = PrincipalRegistered(
        date=NOW.date(),
        version=version,
        kind=principal.kind,
        name=principal.id,
        roles=tuple(principal.roles),
        jurisdictions=None if principal.jurisdictions is None else tuple(principal.jurisdictions),
        keys=tuple(PrincipalKey(**msgspec.structs.asdict(key)) for key in principal.keys),
    )
    return record(principal.id, subject or principal.id, data)


def record(key: str, subject: str, data: Any) -> Any:
    event = new_event(data, event_id="1", source="dualwatch:intake", subject=subject, time=NOW)
    return made_of(key.encode(), encode(event))


def made_of(key: bytes, value: bytes) -> Any:
    """Make a record of Kafka's."""
    return SimpleNamespace(key=key, value=value)


@pytest.fixture
def following() -> Following:
    return Following(KafkaSettings(), Directory(OWN))


def test_an_older_state_never_replaces_a_newer_one(following: Following) -> None:
    """Publishing may repeat itself, also behind what came later."""
    principal, secret = a_principal()
    gone = PrincipalRevoked(date=NOW.date(), version=2)

    following.take(told(principal, 1))
    assert following.directory.of_key(secret.encode()) is not None
    following.take(record(principal.id, principal.id, gone))
    following.take(told(principal, 1))

    assert following.directory.of_key(secret.encode()) is None
    assert following.directory.get(principal.id) is None


def test_what_cannot_be_read_lets_nobody_in(following: Following) -> None:
    """A state of a newer release may have taken the key back."""
    principal, secret = a_principal()
    following.take(told(principal, 1))

    following.take(made_of(principal.id.encode(), b"{}"))

    assert following.directory.of_key(secret.encode()) is None


def test_a_record_speaks_of_its_own_key_alone(following: Following) -> None:
    """Compaction keeps one record per key: another's name in it would come and go."""
    principal, secret = a_principal()

    following.take(told(principal, 1, subject="somebody-else"))

    assert following.directory.of_key(secret.encode()) is None


async def test_while_nothing_is_known_only_the_deployment_is_let_in(service: Service) -> None:
    """503, not 401: the key may be right."""
    Following(KafkaSettings(), service.directory)
    principal, secret = a_principal()
    service.directory.put(principal)

    answer = await ask(service, f"Bearer {secret}")

    assert (answer.status_code, answer.json()["code"]) == (503, "principals_unknown")
    assert answer.headers["Retry-After"]
    assert (await ask(service)).status_code == 401
    assert (await ask(service, f"Bearer {OWN}")).status_code == 200


async def test_what_is_known_grows_old(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was taken back while Kafka is away opens no longer than STALE_SECONDS_MAX."""
    following = Following(KafkaSettings(), service.directory)
    principal, secret = a_principal()
    service.directory.put(principal)
    moment = 1_000.0
    monkeypatch.setattr(clock, "monotonic", lambda: moment)
    following._fresh = moment
    assert (await ask(service, f"Bearer {secret}")).status_code == 200
    assert await following.ready() is None

    moment += STALE_SECONDS_MAX + 1

    assert (await ask(service, f"Bearer {secret}")).status_code == 503
    assert await following.ready()
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("jurisdiction", "unit", "department", "seen"),
    [
        ("610100", "101001", "101", True),
        ("610100", "102001", "101", False),
        ("610100", None, "101", True),
        ("610100", None, "102", False),
        ("610100", None, None, False),
        ("340100", "101001", "101", False),
        ("610100 ", "101001", "101", False),
        ("610100", "101001\u200b", "101", False),
    ],
)
def test_scope_goes_by_the_lead_unit(
    jurisdiction: str, unit: str | None, department: str | None, *, seen: bool
) -> None:
    """The department that a registration names opens nothing where a unit leads."""
    principal = Principal(
        "li-hua",
        PrincipalKind.STAFF,
        frozenset({Role.DEPARTMENT_REVIEWER}),
        frozenset({"610100"}),
        ("101",),
        frozenset({"101", "101001"}),
    )

    assert principal.may_see(jurisdiction, unit, department) is seen
    assert deployment().may_see(jurisdiction, unit, department)


def test_who_is_bound_to_organisations_touches_no_whole_process() -> None:
    """An operator of a department gives out its keys; ledger and logs are everybody's."""
    bounds: dict[str, Any] = {"jurisdictions": frozenset({"610100"})}
    city, _ = a_principal(Role.OPERATOR, **bounds)
    department, _ = a_principal(Role.OPERATOR, organisations=("101",), **bounds)

    assert city.may(Permission.REBUILD)
    assert city.permissions - department.permissions == {Permission.REBUILD, Permission.OPERATE}
    assert department.may(Permission.KEYS)


def test_every_role_has_permissions_and_every_permission_a_role() -> None:
    """The table is whole; reading roles change nothing."""
    assert set(PERMISSIONS) == set(Role)
    assert set(Permission) == frozenset().union(*PERMISSIONS.values())
    changing = {
        Permission.PUBLISH, Permission.FILES, Permission.RELEASE, Permission.ATTACH,
        Permission.DAYS, Permission.KEYS,
    }  # fmt: skip
    assert not PERMISSIONS[Role.AUDITOR] & changing
    assert Permission.READ not in PERMISSIONS[Role.OPERATOR] | PERMISSIONS[Role.PUBLISHER]
