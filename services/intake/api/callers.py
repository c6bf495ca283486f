"""What a caller is to intake: a publisher under a name, and somebody with a scope."""

from typing import Any

from services.chassis.identity import DEPLOYMENT, Permission, Principal


def publisher_of(asking: Principal, own: str) -> str:
    """Name the publisher that a caller is; `own` is the deployment's name as one."""
    return own if asking.id == DEPLOYMENT else asking.id


def sees_receipts(asking: Principal, publisher: str, own: str) -> bool:
    """Whether a request's receipt may be shown: its publisher's own, or by the audit's right."""
    if publisher == publisher_of(asking, own):
        return True
    return asking.may(Permission.AUDIT) and not asking.bounded


def quarantine_scope(asking: Principal) -> dict[str, Any]:
    """Select the refused events that a caller may see.

    A publisher sees its own, and so does who is bound to organisations: what was refused names
    no unit that could be relied on. Others see what names their jurisdictions.
    """
    if not asking.bounded and asking.may(Permission.READ):
        return {}
    own: dict[str, Any] = {"publisher": asking.id}
    if asking.jurisdictions is None or asking.narrow or not asking.may(Permission.READ):
        return own
    return {"$or": [own, {"jurisdiction": {"$in": sorted(asking.jurisdictions)}}]}


def batch_scope(asking: Principal) -> dict[str, Any]:
    """Select the batches that a caller may see, within a jurisdiction that it may enter.

    A batch goes across projects and units: a publisher, and who is bound to organisations, sees
    those of which it has stated every side itself.
    """
    if asking.may(Permission.READ) and not asking.narrow:
        return {}
    return {"w": [asking.id]}
