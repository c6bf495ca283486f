"""Who is asking, and what they may: principals, permissions by role, scope (architecture 7).

Roles say *what* a principal may do, the table below alone; jurisdictions and organisations say
*of whom*. What lies out of scope is answered exactly like what does not exist.
"""

import datetime as dt
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from contracts.vocabulary import PrincipalKind, Role
from services.chassis.problems import Problem, ProblemError

DEPLOYMENT: Final = "deployment"
"""Id of the principal whose key is DUALWATCH_KEY: every role and no bound."""


BEARER: Final = HTTPBearer(auto_error=False, description="An API key, `dw_…`.")
"""Tells OpenAPI; who is let in is decided before any route, by `IdentityMiddleware`."""
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"description": "No key, or one that is not valid"},
    403: {"description": "No role of the key allows this"},
}
"""What every route may answer besides its own."""


class Permission(StrEnum):
    """What a route asks for; a route asks for exactly one."""

    POSITION = "position"
    """How far the services have come, which jurisdictions there are, who one is."""
    PUBLISH = "publish"
    """Send facts, and read one's own receipts."""
    FILES = "files"
    """Send tables to be mapped to facts."""
    READ = "read"
    """Figures, alerts, feeds, forms, summaries."""
    LEDGER = "ledger"
    """Entries of projects."""
    VERIFY = "verify"
    """Verify, export and prove the whole ledger."""
    QUARANTINE = "quarantine"
    """What was refused, and batches of virements that do not balance."""
    RELEASE = "release"
    """Fix, release and discard what was refused."""
    EVIDENCE = "evidence"
    """Read evidence files."""
    ATTACH = "attach"
    """Upload evidence files."""
    REBUILD = "rebuild"
    """Have the topic `ledger` and the store made from each other."""
    DAYS = "days"
    """Open business days."""
    KEYS = "keys"
    """Create and revoke principals and their keys."""
    AUDIT = "audit"
    """Who gave and took keys when, and who tried to publish out of scope."""
    WORK = "work"
    """Work on alerts: acknowledge, assign, comment, explain, plan and report measures."""
    REVIEW = "review"
    """Review, return, urge and close alerts (Art. 15)."""
    SUPPRESS = "suppress"
    """Suppress notifications for a time."""
    DISPOSE = "dispose"
    """Decide dispositions (Art. 14) and priority lists (Art. 7, 11, 12)."""
    RULES = "rules"
    """Put rule packs in force (Art. 17)."""
    SUBSCRIBE = "subscribe"
    """Have alerts sent to oneself."""
    REFER = "refer"
    """Hand violations over (Art. 16); whoever else sees a referral is named in it."""
    CAMPAIGN = "campaign"
    """Plan, open, change and close campaigns, and urge what is missing (Art. 12)."""
    FILL = "fill"
    """Fill in forms and reports and hand them in (Art. 6(2), 12(3), 12(4))."""
    APPROVE = "approve"
    """Look at what was handed in: let it pass or return it (Art. 6, 15; domain-rules 21)."""
    SETTLE = "settle"
    """Answer disputed figures (domain-rules 20)."""
    OPERATE = "operate"
    """See and set how processes run: what they write into their logs."""


_P = Permission
_READS: Final = frozenset({_P.POSITION, _P.READ, _P.LEDGER, _P.EVIDENCE})
_WORKS: Final = _READS | {_P.WORK, _P.SUBSCRIBE}
PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.PUBLISHER: frozenset({_P.POSITION, _P.PUBLISH, _P.FILES, _P.QUARANTINE, _P.ATTACH}),
    Role.UNIT_FILLER: _WORKS | {_P.ATTACH, _P.FILL},
    Role.UNIT_APPROVER: _WORKS | {_P.ATTACH, _P.FILL, _P.APPROVE},
    Role.DEPARTMENT_REVIEWER: _WORKS
    | {_P.REVIEW, _P.SUPPRESS, _P.DISPOSE, _P.RULES, _P.ATTACH, _P.CAMPAIGN, _P.FILL, _P.APPROVE},
    Role.COUNTERPART_DIVISION: _WORKS | {_P.REVIEW, _P.SUPPRESS, _P.DISPOSE, _P.APPROVE},
    Role.PERFORMANCE_DIVISION: _WORKS
    | {_P.REVIEW, _P.SUPPRESS, _P.DISPOSE, _P.RULES, _P.REFER, _P.ATTACH}
    | {_P.CAMPAIGN, _P.FILL, _P.APPROVE},
    Role.BUREAU_LEADER: _READS | {_P.SUBSCRIBE, _P.REVIEW, _P.REFER},
    Role.DATA_DESK: _READS
    | {
        _P.PUBLISH,
        _P.FILES,
        _P.QUARANTINE,
        _P.RELEASE,
        _P.ATTACH,
        _P.DAYS,
        _P.SUBSCRIBE,
        _P.SETTLE,
    },
    Role.AUDITOR: _READS | {_P.VERIFY, _P.QUARANTINE, _P.AUDIT, _P.SUBSCRIBE},
    Role.OPERATOR: frozenset({_P.POSITION, _P.DAYS, _P.KEYS, _P.AUDIT, _P.REBUILD, _P.OPERATE}),
}
"""The one table of what a role may do."""
NOT_IN_PART: Final = frozenset({_P.REBUILD, _P.OPERATE})
"""What concerns whole processes: nobody who is bound to organisations may do it."""


class Key(msgspec.Struct, frozen=True):
    """One key of a principal, as far as it may be known: never the secret."""

    key_id: str
    sha256: str
    """Hexadecimal hash of the whole key."""
    created: dt.datetime
    expires: dt.datetime | None = None
    revoked: dt.datetime | None = None

    def opens(self, at: dt.datetime) -> bool:
        """Whether it lets its holder in at a moment."""
        return self.revoked is None and (self.expires is None or at < self.expires)


class Principal(msgspec.Struct, frozen=True, dict=True):
    """Somebody who may be let in."""

    id: str
    kind: PrincipalKind
    roles: frozenset[Role]
    jurisdictions: frozenset[str] | None = None
    """Codes of the jurisdictions it is bound to; null: all there are."""
    organisations: tuple[str, ...] = ()
    """Roots of the subtrees it is bound to, in its one jurisdiction; empty: the whole of it."""
    within: frozenset[str] = frozenset()
    """All organisations of those subtrees by today's tree, as intake has resolved them."""
    keys: tuple[Key, ...] = ()

    @property
    def permissions(self) -> frozenset[Permission]:
        """What its roles allow, within its bounds."""
        found: frozenset[Permission] | None = self.__dict__.get("permissions_")
        if found is None:
            found = frozenset().union(*(PERMISSIONS[role] for role in self.roles))
            if self.organisations:
                found -= NOT_IN_PART
            self.__dict__["permissions_"] = found
        return found

    @property
    def bounded(self) -> bool:
        """Whether there is anything out of its scope."""
        return self.jurisdictions is not None

    @property
    def narrow(self) -> bool:
        """Whether it sees only a part of its jurisdiction."""
        return bool(self.organisations)

    def may(self, permission: Permission) -> bool:
        """Whether one of its roles allows it."""
        return permission in self.permissions

    def may_enter(self, jurisdiction: str) -> bool:
        """Whether anything of a jurisdiction is in its scope."""
        return self.jurisdictions is None or jurisdiction in self.jurisdictions

    def may_see(self, jurisdiction: str, lead_unit: str | None, department: str | None) -> bool:
        """Whether a project is in scope: by its lead unit's place in the tree of today.

        The department that its registration names counts only where no unit leads it.
        """
        if not self.may_enter(jurisdiction):
            return False
        if not self.organisations:
            return True
        return (lead_unit or department) in self.within

    def sees(self, project_id: str, lead_unit: str | None, department: str | None) -> bool:
        """Whether a project is in scope; a stream without either is called by its organisation."""
        jurisdiction, _, code = project_id.partition("/")
        return self.may_see(jurisdiction, lead_unit, department or code)


def deployment() -> Principal:
    """Return the principal of the deployment's own key."""
    return Principal(DEPLOYMENT, PrincipalKind.SERVICE, frozenset(Role))


def caller(request: Request) -> Principal:
    """Tell who is asking: a route's dependency; 401 if nobody has looked."""
    found: Principal | None = getattr(request.state, "principal", None)
    if found is None:
        raise ProblemError(UNAUTHORISED, CHALLENGE)
    return found


# Coroutines although nothing is awaited: functions would each be run in a thread of its own.
async def _caller(request: Request) -> Principal:
    return caller(request)


Caller = Annotated[Principal, Depends(_caller)]
"""A route's parameter: who is asking."""


async def _authorization(request: Request) -> bytes:
    # There is exactly one, or nobody would have been let in; as bytes, for they go on as they came.
    return next(value for name, value in request.headers.raw if name == b"authorization")


Authorization = Annotated[bytes, Depends(_authorization)]
"""A route's parameter: the caller's own key, to ask another service in the caller's name."""


def needs(permission: Permission) -> Callable[[Principal], Coroutine[Any, Any, None]]:
    """Make the dependency that lets only those in who have the permission."""

    async def check(asking: Caller) -> None:
        if not asking.may(permission):
            raise ProblemError(forbidden(permission))

    return check


async def whole(asking: Caller) -> None:
    """Let only those in who have no bounds: a dependency of what cannot be shown or set in part."""
    if asking.bounded:
        raise ProblemError(WHOLE_ONLY)


def forbidden(permission: Permission) -> Problem:
    """Say which permission is missing, and who has it."""
    roles = [role.value for role, allowed in PERMISSIONS.items() if permission in allowed]
    return Problem(
        403,
        "forbidden",
        "The key does not allow this",
        f"This needs the permission `{permission}`, which no role of the key gives.",
        hint=f"Roles that have it: {', '.join(roles)}. Ask the operator for another key.",
        extra={"permission": permission.value},
        title_zh="该密钥无此权限",
        detail_zh=f"需要权限 `{permission}`,该密钥的角色均无此权限。",
        hint_zh=f"具有该权限的角色:{'、'.join(roles)}。请向运维人员申请其他密钥。",
    )


CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="dualwatch"'}
WHOLE_ONLY: Final = Problem(
    403,
    "whole_deployment_only",
    "This is of the whole deployment",
    "It is about all jurisdictions together, and the key is bound to some.",
    hint="Ask with a key without bounds.",
    title_zh="该事项涉及全部财政区划,不能按部分办理",
    detail_zh="该事项涉及所有财政区划,而该密钥只限于其中一部分。",
    hint_zh="请使用不限范围的密钥。",
)
UNAUTHORISED: Final = Problem(
    401,
    "unauthorised",
    "A valid key is needed",
    "The request carries no key, or one that is not known, has expired or was revoked.",
    hint="Send the header `Authorization: Bearer <key>`.",
    title_zh="需要有效的密钥",
    detail_zh="请求没有密钥,或密钥无效、已过期、已吊销。",
    hint_zh="请发送请求头 `Authorization: Bearer <密钥>`。",
)
