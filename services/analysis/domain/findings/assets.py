"""超标准配置资产: what was bought above its configuration standard (Art. 8(3), 10)."""

from collections.abc import Iterator

from contracts.vocabulary import FindingKind, FindingNature
from services.analysis.domain.findings.causes import Cause
from services.analysis.domain.findings.finding import Finding
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import Asset


def assets_above_standard(now: Snapshot) -> Iterator[Finding]:
    """Find the assets that cost more apiece, or are more, than their standard allows.

    Each is judged as its last fact by the date states it. A standard that is not stated allows
    anything.
    """
    for card, versions in now.year.work.assets.items():
        stated = _at(versions, now.day)
        if stated is None:
            continue
        price, quantity = stated.standard_amount, stated.standard_quantity
        dear = price is not None and stated.amount > price * stated.quantity
        many = quantity is not None and stated.quantity > quantity
        if dear or many:
            yield Finding(
                FindingKind.ASSET_ABOVE_STANDARD,
                card,
                Cause(stated.day, stated.sequence, stated.position),
                excess(stated),
                FindingNature.FINDING,
            )


def excess(asset: Asset) -> int:
    """Return the value above the standard, fen, half up.

    It is what was paid less what as many as allowed would cost at the price allowed, each no more
    than what was bought: too dear alone, amount − allowed price × quantity; too many alone, those
    too many at their own price.
    """
    allowed = asset.quantity
    if asset.standard_quantity is not None:
        allowed = min(allowed, asset.standard_quantity)
    at_own_price = asset.amount * allowed
    lawful = at_own_price
    if asset.standard_amount is not None:
        lawful = min(lawful, asset.standard_amount * asset.quantity * allowed)
    return (2 * (asset.amount * asset.quantity - lawful) + asset.quantity) // (2 * asset.quantity)


def _at(versions: list[Asset], as_of: int) -> Asset | None:
    found = None
    for version in versions:
        if version.day > as_of:
            break
        found = version
    return found
