"""What may be wrong when keys are given out, said in both languages."""

from contracts.events.principals import KEYS_MAX, WITHIN_MAX
from services.chassis.problems import Problem, ProblemError
from services.intake.store.principals import PRINCIPALS_MAX


def unknown(principal_id: str) -> ProblemError:
    """There is no such principal, or none that the caller may manage."""
    return _made(404, "unknown_principal", "Not found", f"There is no principal {principal_id}.")


def unknown_key(principal_id: str, key_id: str) -> ProblemError:
    """The principal has no such key."""
    return _made(404, "unknown_key", "Not found", f"{principal_id} has no key {key_id}.")


def exists(principal_id: str) -> ProblemError:
    """The id is taken."""
    return _made(
        409,
        "principal_exists",
        "The id is taken",
        f"{principal_id} is registered already, was, or stands for a part of the deployment.",
        hint="Choose another id, or rotate the key of the one there is.",
        title_zh="该标识已被占用",
    )


def changed_meanwhile(principal_id: str) -> ProblemError:
    """Two have changed it at once."""
    return _made(
        409,
        "changed_meanwhile",
        "Somebody else has just changed it",
        f"{principal_id} was changed between reading and writing; nothing was done.",
        hint="Try again.",
        title_zh="该主体刚被他人修改",
    )


def is_revoked(principal_id: str) -> ProblemError:
    """It is let in no more."""
    return _made(
        409,
        "principal_revoked",
        "The principal was revoked",
        f"{principal_id} is let in no more and gets no new key.",
        hint="Register a new principal under another id.",
        title_zh="该主体已被吊销",
    )


def too_many_keys(principal_id: str) -> ProblemError:
    """All its keys still open doors."""
    return _made(
        409,
        "too_many_keys",
        "Too many keys",
        f"{principal_id} has {KEYS_MAX} keys that are valid.",
        hint="Revoke keys that nobody uses: `last_used` tells which.",
        title_zh="有效密钥过多",
    )


def too_many() -> ProblemError:
    """The deployment is full."""
    return _made(
        409,
        "too_many_principals",
        "Too many principals",
        f"At most {PRINCIPALS_MAX} are kept.",
        title_zh="主体数量已达上限",
    )


def too_wide(number: int) -> ProblemError:
    """The subtrees hold more than one record can."""
    return _made(
        422,
        "too_many_organisations",
        "The subtrees are too large",
        f"They hold {number} organisations, at most {WITHIN_MAX} are possible.",
        pointer="/organisations",
        hint="Leave `organisations` out to bind it to the whole jurisdiction.",
        title_zh="单位范围过大",
    )


def beyond_bounds() -> ProblemError:
    """Nobody gives what they do not have."""
    return _made(
        403,
        "beyond_own_bounds",
        "The principal would see more than you do",
        "Keys are given out only within one's own jurisdictions and organisations.",
        pointer="/jurisdictions",
        hint="Name bounds within your own.",
        title_zh="不能授予超出自身范围的权限",
    )


def expired_already() -> ProblemError:
    """The key would never open anything."""
    return _made(
        422,
        "expires_in_the_past",
        "The key would have ended already",
        "`expires` is not in the future.",
        pointer="/expires",
        title_zh="有效期须晚于当前时间",
    )


def _made(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    pointer: str | None = None,
    hint: str | None = None,
    title_zh: str = "未找到",
) -> ProblemError:
    return ProblemError(
        Problem(
            status, code, title, detail, pointer=pointer, hint=hint, extra={"title_zh": title_zh}
        )
    )
