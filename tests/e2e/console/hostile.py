"""A town whose every name is an attack: admitted by the contracts, never to become markup."""

import json
from typing import TYPE_CHECKING, Final

from contracts.codec import encode
from contracts.envelope import AnyEvent
from tests.support import builders, watching

if TYPE_CHECKING:
    from tests.e2e.console.world import World

CITY: Final = "J772"
PROJECT: Final = f"{CITY}/P1"
CAMPAIGN: Final = "evil"
DAYS: Final = ("2026-06-29", "2026-06-30")
CAMPAIGN_NAME_MAX: Final = 100
SUBSCRIPTION_NAME_MAX: Final = 128
ATTACKS: Final = (
    "<script data-hostile>window.hostile=1;alert(1)</script>",
    '"><img data-hostile src=x onerror="window.hostile=2;alert(2)">',
    "'><svg data-hostile onload='window.hostile=3'>",
    "</script></textarea></title><i data-hostile>",
    "{{7*7}}${7*7}<%=7*7%>",
    "javascript:window.hostile=4",
    "\u202egnp.exe\u2066",
    "]]>--><!--",
)
SHORT: Final = "\"'><b data-hostile onclick=alert(3)>{{7*7}}"
"""Fits an identifier."""


PEOPLE: Final = {
    "evil-unit": "unit_filler",
    "evil-bureau": "performance_division",
    "evil-desk": "data_desk",
    "evil-auditor": "auditor",
    "evil-operator": "operator",
}
"""Principal → role; what they are called is an attack too."""


def named(name: str) -> str:
    """Make a name that tries everything, told apart by its beginning."""
    return f"{name} {''.join(ATTACKS)}"


def facts() -> list[AnyEvent]:
    """List facts whose every text is hostile."""
    return [
        builders.jurisdiction(CITY, name=named("市")),
        builders.organisation("D1", CITY, name=named("局")),
        builders.organisation("A", CITY, kind="unit", parent="D1", name=named("所")),
        builders.project(PROJECT, name=named("项目"), lead_unit="A", department="D1"),
        builders.project(f"{CITY}/{SHORT}", name="9" * 500, lead_unit="A", department="D1"),
        builders.budget(PROJECT, "100.00", unit="A", line=SHORT),
        *(
            builders.expenditure(
                PROJECT,
                "70.00",
                f"2026-0{month}-12",
                line=SHORT,
                document={"kind": "payment_certificate", "number": f"{month}{SHORT}"},
                payee={"name": named("收款人")},
                purpose=named("用途"),
            )
            for month in (2, 3)
        ),
        builders.targets(
            builders.target(
                "K1",
                "100",
                name=named("指标"),
                target_text=named("≥100"),
                unit="件<b data-hostile>",
            ),
            subject=PROJECT,
            goal=named("目标"),
        ),
        builders.progress("9", "2026-06-20", subject=PROJECT, note=named("说明")),
        watching.milestone(SHORT, subject=PROJECT, note=named("节点说明")),
        watching.problem(SHORT, subject=PROJECT, title=named("问题")),
        watching.asset(SHORT, subject=PROJECT),
        watching.plan_change(subject=PROJECT, summary=named("调整")),
        watching.check(subject=PROJECT, checked_by=named("检查人")),
    ]


def refused() -> list[bytes]:
    """List what no contract admits, and quarantine keeps: markup, NUL, a name of 10 kB."""
    bad = builders.expenditure(PROJECT, "7.25", "2026-06-12", event_id="evil-1", purpose="意图")
    told = encode(bad)
    texts = (named("用途"), "a\x00b<i data-hostile>", "<b data-hostile>" * 640)
    return [
        told.replace("意图".encode(), json.dumps(text)[1:-1].encode())
        .replace(b"7.25", b"7.2.5")
        .replace(b"evil-1", b"evil-%d" % number)
        for number, text in enumerate(texts)
    ]


def publish(world: "World") -> None:
    """State all that, have some refused, and let people say more of the kind."""
    world.publish(*facts())
    world.refuse(*refused())
    world.open_days(CITY, *DAYS)
    for name, role in PEOPLE.items():
        world.hire(name, role, ("A",) if role == "unit_filler" else (), CITY, named(role))
    world.open_campaign(CITY, CAMPAIGN, named("活动")[:CAMPAIGN_NAME_MAX], DAYS[-1])
    asked = {"jurisdiction": CITY, "limit": 5}
    alerts = world.told("evil-bureau", "alerts", "/v1/alerts", params=asked)["items"]
    for alert in alerts:
        path = f"/v1/alerts/{alert['alert_id']}/comment"
        world.told("evil-bureau", "alerts", path, "POST", json={"note": named("批注")})
    form = {
        "name": named("订阅")[:SUBSCRIPTION_NAME_MAX],
        "jurisdiction": CITY,
        "channel": "webhook",
    }
    nothing = {"rules": ["no_such_rule"]}
    form |= {"address": "https://93.184.215.14/"}
    whole = {**form, "filter": nothing}
    world.told("evil-bureau", "alerts", "/v1/subscriptions", "POST", json=whole)
