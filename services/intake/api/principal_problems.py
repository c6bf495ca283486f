"""What may be wrong when keys are given out, said in both languages."""

from contracts.events.principals import KEYS_MAX, WITHIN_MAX
from services.chassis.problems import ProblemError, not_found, refused
from services.intake.store.principals import PRINCIPALS_MAX


def unknown(principal_id: str) -> ProblemError:
    """There is no such principal, or none that the caller may manage."""
    return not_found(
        "unknown_principal",
        f"There is no principal {principal_id}.",
        f"没有主体 {principal_id}。",
        (
            "`dualwatch keys list` names those that you may manage.",
            "dualwatch keys list 列出您可管理的主体。",
        ),
    )


def unknown_key(principal_id: str, key_id: str) -> ProblemError:
    """The principal has no such key."""
    return not_found(
        "unknown_key",
        f"{principal_id} has no key {key_id}.",
        f"主体 {principal_id} 没有密钥 {key_id}。",
        ("`dualwatch keys list` names its keys.", "dualwatch keys list 列出其密钥。"),
    )


def exists(principal_id: str) -> ProblemError:
    """The id is taken."""
    return refused(
        409,
        "principal_exists",
        ("The id is taken", "该标识已被占用"),
        (
            f"{principal_id} is registered already, was, or stands for a part of the deployment.",
            f"{principal_id} 已登记、曾登记,或代表本部署的某个部分。",
        ),
        (
            "Choose another id, or rotate the key of the one there is.",
            "请另选标识,或为现有主体更换密钥。",
        ),
    )


def changed_meanwhile(principal_id: str) -> ProblemError:
    """Two have changed it at once."""
    return refused(
        409,
        "changed_meanwhile",
        ("Somebody else has just changed it", "该主体刚被他人修改"),
        (
            f"{principal_id} was changed between reading and writing; nothing was done.",
            f"{principal_id} 在读取与写入之间被修改,本次未作任何更改。",
        ),
        ("Try again.", "请重试。"),
    )


def is_revoked(principal_id: str) -> ProblemError:
    """It is let in no more."""
    return refused(
        409,
        "principal_revoked",
        ("The principal was revoked", "该主体已被吊销"),
        (
            f"{principal_id} is let in no more and gets no new key.",
            f"{principal_id} 不再获准进入,也不再发放新密钥。",
        ),
        ("Register a new principal under another id.", "请以其他标识登记新主体。"),
    )


def too_many_keys(principal_id: str) -> ProblemError:
    """All its keys still open doors."""
    return refused(
        409,
        "too_many_keys",
        ("Too many keys", "有效密钥过多"),
        (
            f"{principal_id} has {KEYS_MAX} keys that are valid.",
            f"{principal_id} 已有 {KEYS_MAX} 个有效密钥。",
        ),
        (
            "Revoke keys that nobody uses: `last_used` tells which.",
            "请吊销无人使用的密钥(见 last_used)。",
        ),
    )


def too_many() -> ProblemError:
    """The deployment is full."""
    return refused(
        409,
        "too_many_principals",
        ("Too many principals", "主体数量已达上限"),
        (f"At most {PRINCIPALS_MAX} are kept.", f"最多保存 {PRINCIPALS_MAX} 个主体。"),
        (
            "Give one principal further keys instead of registering another.",
            "请为现有主体增发密钥,不再登记新主体。",
        ),
    )


def too_wide(number: int) -> ProblemError:
    """The subtrees hold more than one record can."""
    return refused(
        422,
        "too_many_organisations",
        ("The subtrees are too large", "单位范围过大"),
        (
            f"They hold {number} organisations, at most {WITHIN_MAX} are possible.",
            f"共含 {number} 个单位,最多 {WITHIN_MAX} 个。",
        ),
        (
            "Leave `organisations` out to bind it to the whole jurisdiction.",
            "省略 organisations 即以整个财政区划为范围。",
        ),
        pointer="/organisations",
    )


def beyond_bounds() -> ProblemError:
    """Nobody gives what they do not have."""
    return refused(
        403,
        "beyond_own_bounds",
        ("The principal would see more than you do", "不能授予超出自身范围的权限"),
        (
            "Keys are given out only within one's own jurisdictions and organisations.",
            "只能在自身的财政区划和单位范围内发放密钥。",
        ),
        ("Name bounds within your own.", "请填写不超出自身的范围。"),
        pointer="/jurisdictions",
    )


def expired_already() -> ProblemError:
    """The key would never open anything."""
    return refused(
        422,
        "expires_in_the_past",
        ("The key would have ended already", "有效期须晚于当前时间"),
        ("`expires` is not in the future.", "expires 不晚于当前时间。"),
        (
            "Give a later time, or leave `expires` out.",
            "请填写更晚的时间,或省略 expires。",
        ),
        pointer="/expires",
    )


def follows_the_provider(principal_id: str) -> ProblemError:
    """Roles and bounds are the OpenID provider's to say."""
    return refused(
        409,
        "follows_the_provider",
        ("Its roles come from the OpenID provider", "角色与范围由统一身份认证确定"),
        (
            f"{principal_id} has the roles and bounds that its provider's claims say.",
            f"{principal_id} 的角色与范围取自统一身份认证的声明。",
        ),
        (
            "Change them there; they hold from the next sign-in on.",
            "请在统一身份认证处修改,下次登录起生效。",
        ),
    )


def other_kind(principal_id: str) -> ProblemError:
    """A publisher has a topic of its own, a person has none."""
    return refused(
        409,
        "other_kind",
        ("A publisher stays a publisher", "报送方与人员不能互换"),
        (
            f"{principal_id} was registered as the other kind.",
            f"{principal_id} 登记时不是这一类主体。",
        ),
        ("Register a new principal under another id.", "请以其他标识登记新主体。"),
        pointer="/roles",
    )
