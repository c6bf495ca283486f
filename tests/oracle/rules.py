"""What the rules of a pack say of an assessment; their thresholds are the pack's parameters.

Written from the `basis` texts of the pack and domain-rules 11, 12, 15 and 17, not from its CEL: of
that is read only whether a rule asks if the project is frozen.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.oracle.catalogue import CATALOGUE, MEASURED, is_listed
from tests.oracle.exact import half_up
from tests.oracle.judged import Judged
from tests.oracle.moment import Answers, Key, Moment, Parameters

FOR_DAYS: Final = "for_days"
"""Opened days in a row for which it must be so, kept beside a rule's parameters."""
FROZEN: Final = "frozen"
"""Whether a rule decides nothing while its project is frozen, kept beside its parameters."""
CONDITIONS: Final = ("hold_when", "when")
TOGETHER: Final = frozenset({"unit", "department"})
"""Scopes of rules about many projects together."""
CITY_PACK: Final = Path(__file__).parents[2] / "services" / "alerts" / "packs" / "city.yaml"


@dataclass
class Verdicts:
    """What the rules say of one project and year at one moment."""

    raised: dict[Key, str] = field(default_factory=dict)
    """Severity of each alert that should be open."""
    held: set[Key] = field(default_factory=set)
    """Nothing is decided: open stays open, and what is not stays so."""


def read_pack(path: Path = CITY_PACK) -> dict[str, Parameters]:
    """Read the parameters of every rule of a pack."""
    pack = _read(path)
    return {
        rule["id"]: {
            FOR_DAYS: rule.get("for_days", 0),
            FROZEN: int(_asks_if_frozen(rule)),
            **{name: _value(stated) for name, stated in rule.get("parameters", {}).items()},
        }
        for rule in pack["rules"]
        if rule["scope"] not in TOGETHER
    }


def _asks_if_frozen(rule: Mapping[str, Any]) -> bool:
    """Whether a rule's conditions name it: then silence neither raises nor clears (17f)."""
    named = any(re.search(rf"\b{FROZEN}\b", rule.get(name) or "") for name in CONDITIONS)
    if named and rule["scope"] != "project":
        message = f"{rule['id']}: a rule that silence holds is of a project as a whole"
        raise ValueError(message)
    return named


def read_together(path: Path = CITY_PACK) -> dict[str, Parameters]:
    """Read the parameters of the rules about many projects together (`together`)."""
    return {
        rule["id"]: {name: _value(stated) for name, stated in rule.get("parameters", {}).items()}
        for rule in _read(path)["rules"]
        if rule["scope"] in TOGETHER
    }


@cache
def _read(path: Path) -> Any:
    """Read a pack once: the shipped one takes seconds."""
    return yaml.safe_load(path.read_text("utf-8"))


def _value(stated: Any) -> Any:
    """Read a parameter: plain, or with its unit and meaning."""
    return stated["value"] if isinstance(stated, dict) else stated


def decide(pack: Mapping[str, Parameters], moment: Moment) -> Verdicts:
    """Ask every rule of the pack; one that is not known here is an error.

    Of a year that was closed nothing is raised, and what is open ends (domain-rules 5).
    """
    verdicts = Verdicts()
    if moment.assessment.setting.closing(moment.year.year) is not None:
        return verdicts
    for rule, parameters in pack.items():
        for subject, severity in _answers(rule, moment, parameters):
            key = (rule, moment.project, subject, moment.year.year)
            if severity == HELD:
                verdicts.held.add(key)
            else:
                verdicts.raised[key] = severity
    return verdicts


def _answers(rule: str, moment: Moment, parameters: Parameters) -> Answers:
    """Ask a rule; as long as the project is frozen those that ask for it hold what there is."""
    if moment.frozen and parameters.get(FROZEN) and rule != ENDED_BY_SPENDING:
        return iter([(moment.project, HELD)])
    return RULES[rule](moment, parameters)


HELD: Final = "held"
ENDED_BY_SPENDING: Final = "zero_execution_at_checkpoint"
"""Spending clears it at once, also of a frozen project."""
WHILE_STOPPED: Final = frozenset({"spending_while_suspended", "disbursed_while_stopped"})


def _behind_standard(moment: Moment, parameters: Parameters) -> Answers:
    execution, standard = moment.execution, moment.assessment.standard
    ratio = execution["ratio_bp"]
    if ratio is None or standard is None or ratio >= _yellow_below(moment, parameters):
        return
    book = moment.assessment.book
    by_months = standard.basis == "months"
    if by_months and not _months_may_speak(moment, parameters):
        return
    total = book.total
    if total.spent + total.unpaid >= half_up(standard.spent):
        yield moment.project, "info"
    elif ratio < parameters["red_below_bp"] and not by_months:
        yield moment.project, "red"
    else:
        yield moment.project, "yellow"


def _months_may_speak(moment: Moment, parameters: Parameters) -> bool:
    """On months alone: not before the third month's end, nor within 90 days of approval."""
    if moment.year.months_completed(moment.as_of) < parameters["months_before"]:
        return False
    approved = moment.assessment.book.approved_on
    return approved is None or (moment.as_of - approved).days > parameters["days_after_approval"]


def _zero_execution(moment: Moment, parameters: Parameters) -> Answers:
    book, stated = moment.assessment.book, moment.assessment.stated
    if book.total.spent > 0 or book.judged_budget <= 0:
        return
    over = stated["months_completed_before"] >= parameters["months"]
    frozen = moment.frozen and parameters.get(FROZEN)
    if frozen or not moment.settled or over:
        yield moment.project, HELD
    elif stated["months_completed"] >= parameters["months"]:
        yield moment.project, "red"


def _findings(moment: Moment, severities: Mapping[str, str]) -> Answers:
    causes = moment.assessment.causes
    for finding, cause in zip(moment.assessment.stated["findings"], causes, strict=True):
        if finding["kind"] in severities:
            provisional = cause.epoch == moment.epoch
            yield finding["subject"], HELD if provisional else severities[finding["kind"]]


def _of_kinds(**severities: str) -> Callable[[Moment, Parameters], Answers]:
    """Give a rule that says of findings of some kinds how severe they are."""
    return lambda moment, _: _findings(moment, severities)


def _while_suspended(moment: Moment, _: Parameters) -> Answers:
    """Payments under procurement that had begun are for review (domain-rules 18).

    Of one line the gravest of what is decided is told.
    """
    told: dict[str, set[str]] = {}
    causes = moment.assessment.causes
    for finding, cause in zip(moment.assessment.stated["findings"], causes, strict=True):
        if finding["kind"] in WHILE_STOPPED:
            severity = "info" if finding["nature"] == "for_review" else "yellow"
            provisional = cause.epoch == moment.epoch
            told.setdefault(finding["subject"], set()).add(HELD if provisional else severity)
    for subject, said in told.items():
        yield subject, next(one for one in ("yellow", "info", HELD) if one in said)


def _indicator_behind(moment: Moment, parameters: Parameters) -> Answers:
    for indicator in moment.assessment.indicators:
        severity = _indicator_severity(indicator, _yellow_below(moment, parameters), parameters)
        if severity:
            yield indicator.stated["indicator"], severity


def _year_end_rush(moment: Moment, _: Parameters) -> Answers:
    """What is spent in December as it was planned is no rush, once that is decided."""
    standard = moment.assessment.standard
    planned = standard is not None and standard.basis in MEASURED
    for subject, severity in _findings(moment, {"year_end_rush": "info"}):
        if severity == HELD or not planned:
            yield subject, severity


def _yellow_below(moment: Moment, parameters: Parameters) -> int:
    """Give the limit of yellow: stricter for projects on a priority list (domain-rules 19)."""
    below = parameters["yellow_below_bp"]
    return max(below, parameters["priority_yellow_below_bp"]) if is_listed(moment) else below


def _indicator_severity(indicator: Judged, yellow_below: int, parameters: Parameters) -> str | None:
    if indicator.stated["state"] != "judged":
        return None
    if not indicator.by_ratio:
        light: str | None = indicator.stated["light"]
        return light if light in {"red", "yellow"} else None
    ratio = indicator.stated["ratio_bp"]
    if ratio >= yellow_below:
        return None
    return "red" if ratio < parameters["red_below_bp"] else "yellow"


def _money_ahead(moment: Moment, parameters: Parameters) -> Answers:
    ahead = moment.assessment.stated["money_ahead_bp"]
    if ahead is not None and ahead >= parameters["yellow_from_bp"]:
        yield moment.project, "yellow"


RULES: Final[Mapping[str, Callable[[Moment, Parameters], Answers]]] = {
    "execution_behind_standard": _behind_standard,
    "zero_execution_at_checkpoint": _zero_execution,
    "spending_without_budget": _of_kinds(spending_without_budget="red", awaiting_budget="info"),
    "over_budget": _of_kinds(over_budget="red"),
    "spending_above_plan": _of_kinds(above_plan="red"),
    "spending_above_disbursement": _of_kinds(above_disbursement="yellow"),
    "diversion": _of_kinds(diversion="red"),
    "asset_above_standard": _of_kinds(asset_above_standard="red"),
    "spending_after_end": _of_kinds(spending_after_end="red"),
    "spending_while_suspended": _while_suspended,
    "payment_to_review": _of_kinds(
        duplicate_payment="info", split_payment="info", round_payment="info"
    ),
    "payment_over_contract": _of_kinds(payment_over_contract="info"),
    "payee_outside_contract": _of_kinds(payee_outside_contract="info"),
    "year_end_rush": _year_end_rush,
    "indicator_behind_standard": _indicator_behind,
    "money_ahead_of_results": _money_ahead,
    "negative_net_spend": _of_kinds(negative_net_spend="yellow"),
    "budget_period_spans_years": _of_kinds(budget_period_spans_years="yellow"),
    **CATALOGUE,
}
"""Amounts are fen, rates basis points."""
