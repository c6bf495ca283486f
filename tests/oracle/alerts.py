"""Alerts against the replay: what is open at each day's end, and now."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.oracle.api import Api
from tests.oracle.dates import fiscal_year_of
from tests.oracle.facts import Jurisdiction
from tests.oracle.moment import Key, Parameters
from tests.oracle.replay import Alerts, Boundary, Replay
from tests.oracle.report import UNDECIDED, Report
from tests.oracle.rules import TOGETHER
from tests.oracle.together import Key as TogetherKey

NOT_RECOMPUTED = frozenset({"quarantine"})
"""Scopes left out: the input alone does not say what waits in the quarantine."""
ENDED = frozenset({"cleared", "closed", "year_closed"})
BY_CHANGED_PACK = "alerts.by_changed_pack"
"""Answers that are others because a published pack judges: without them it proved nothing."""
STANDS = frozenset({"raised", "updated"})


def compare_alerts(
    jurisdiction: Jurisdiction, pack: Mapping[str, Parameters], alerts: Api, report: Report
) -> Boundary | None:
    """Replay the feed to each day's end, then compare the list; give the last boundary."""
    by_day: dict[str, list[dict[str, Any]]] = {}
    together_by_day: dict[str, list[dict[str, Any]]] = {}
    for cursor, item in enumerate(alerts.feed(jurisdiction.code), 1):
        report.compare("alerts.cursor", jurisdiction.code, cursor, item["cursor"])
        scope = item["data"]["scope"]
        if scope in TOGETHER:
            together_by_day.setdefault(item["data"]["date"], []).append(item)
        elif scope not in NOT_RECOMPUTED:
            by_day.setdefault(item["data"]["date"], []).append(item)
    shown: Alerts = {}
    shown_together: dict[TogetherKey, str] = {}
    before: Alerts = {}
    unsure: frozenset[Key] = frozenset()
    last = None
    replay = Replay(jurisdiction, pack)
    for last in replay.boundaries():
        items = by_day.pop(last.day.isoformat(), [])
        where = f"{jurisdiction.code} {last.day}"
        _compare_raised(where, before, unsure | last.undecided, last, items, report)
        _apply(shown, items)
        _compare_open("alerts.feed", where, last, shown, report)
        _apply_together(shown_together, together_by_day.get(last.day.isoformat(), []))
        compare_together("alerts.together", where, jurisdiction, last, shown_together, report)
        before, unsure = last.closed, last.undecided
    report.compared[BY_CHANGED_PACK] += replay.by_changed_pack
    report.compare("alerts.feed_days", jurisdiction.code, [], sorted(by_day))
    if last is not None:
        _compare_list(jurisdiction.code, last, alerts, report)
    return last


def _key(item: Mapping[str, Any]) -> Key:
    data = item["data"]
    return (data["rule"], item["subject"], data["scope_subject"], data["fiscal_year"])


def _apply(shown: Alerts, items: Iterable[Mapping[str, Any]]) -> None:
    for item in items:
        kind = item["type"].split(".")[2]
        if kind in ENDED:
            shown.pop(_key(item), None)
        elif kind in STANDS:
            shown[_key(item)] = item["data"]["severity"]


def _apply_together(shown: dict[TogetherKey, str], items: Iterable[Mapping[str, Any]]) -> None:
    for item in items:
        data, kind = item["data"], item["type"].split(".")[2]
        key = (data["rule"], item["subject"].partition("/")[2], data["fiscal_year"])
        if kind in ENDED:
            shown.pop(key, None)
        elif kind in STANDS:
            shown[key] = data["severity"]


def compare_together(
    place: str,
    where: str,
    jurisdiction: Jurisdiction,
    boundary: Boundary,
    shown: Mapping[TogetherKey, str],
    report: Report,
) -> None:
    """Compare the open alerts of units and departments, of the day's year."""
    year = fiscal_year_of(boundary.day, jurisdiction.first_day).year
    if boundary.together is None:
        report.compare(place, where, UNDECIDED, None)
        return
    report.compared[f"{place}.days"] += 1
    of_year = {key: severity for key, severity in shown.items() if key[2] == year}
    for key in sorted(boundary.together.keys() | of_year.keys()):
        expected, actual = boundary.together.get(key), of_year.get(key)
        report.compare(f"{place}.{key[0]}", f"{where} {key[1]} {key[2]}", expected, actual)


def _compare_raised(
    where: str,
    before: Alerts,
    undecided: frozenset[Key],
    boundary: Boundary,
    items: Iterable[Mapping[str, Any]],
    report: Report,
) -> None:
    """Check that what the opened day raised or cleared was told, however short it was so."""
    told = {(_key(item), item["type"].split(".")[2]) for item in items}
    told |= {(key, "cleared") for key, kind in told if kind in ENDED}
    raised = boundary.opened.keys() - before.keys() - undecided
    cleared = before.keys() - boundary.opened.keys() - undecided
    for kind, keys in (("raised", raised), ("cleared", cleared)):
        for key in keys:
            place = f"alerts.{kind}.{key[0]}"
            report.compare(place, f"{where} {key}", expected=True, actual=(key, kind) in told)


def _compare_open(
    place: str, where: str, boundary: Boundary, shown: Alerts, report: Report
) -> None:
    report.compared[f"{place}.days"] += 1
    report.compared["alerts.undecided"] += len(boundary.undecided)
    keys = (boundary.closed.keys() | shown.keys()) - boundary.undecided
    for key in keys:
        expected, actual = boundary.closed.get(key), shown.get(key)
        report.compare(f"{place}.{key[0]}", f"{where} {' '.join(map(str, key))}", expected, actual)


def _compare_list(code: str, last: Boundary, alerts: Api, report: Report) -> None:
    listed: Alerts = {}
    for item in alerts.pages("/v1/alerts", jurisdiction=code, state="open"):
        if item["scope"] in NOT_RECOMPUTED | TOGETHER:
            continue
        names = ("rule_id", "project_id", "scope_subject", "fiscal_year")
        rule, project, subject, year = (item[name] for name in names)
        key = (rule, project, subject, year)
        report.compare("alerts.one_open", f"{code} {key}", expected=False, actual=key in listed)
        listed[key] = item["severity"]
    _compare_open("alerts.open", code, last, listed, report)
