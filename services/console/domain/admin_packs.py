"""Rule packs: parameters layer by layer, and the draft of a layer of one's own."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.console.domain.steps import Form, one

PARAMETER: Final = "value:"
"""How the fields of a draft's form begin that hold a parameter's new value."""
PACK_DEFAULT: Final = "own"

Rule = Mapping[str, Any]


def layers_of(packs: Sequence[Mapping[str, Any]], department: str | None) -> list[dict[str, Any]]:
    """Name the packs in force, the lowest first, each as rules name it (city@4)."""
    found = [
        {**one, "layer": f"{one['pack']}@{one['version']}"}
        for one in packs
        if one["in_effect"] and one["organisation"] in {None, department}
    ]
    return sorted(
        found, key=lambda one: (one["jurisdiction"] is not None, bool(one["organisation"]))
    )


def rows(
    rules: Sequence[Rule],
    shipped: Mapping[str, Rule],
    changes: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[dict[str, Any]]:
    """Give every parameter with its value in each layer, and which way it went."""
    found = []
    for rule in rules:
        base = {
            each["name"]: each for each in shipped.get(rule["rule_id"], {}).get("parameters", ())
        }
        for parameter in rule["parameters"]:
            name = parameter["name"]
            first = base.get(name, parameter)["value"]
            set_by = {
                change["layer"]: change["parameters"][name]
                for change in changes.get(rule["rule_id"], ())
                if name in change.get("parameters", {})
            }
            found.append(
                {
                    "rule": rule,
                    "parameter": parameter,
                    "first": first,
                    "first_layer": rule["layers"][0] if rule["layers"] else rule["pack"],
                    "set_by": set_by,
                    "went": went(parameter.get("stricter"), first, parameter["value"]),
                }
            )
    return found


def went(stricter: str | None, first: Any, now: Any) -> str:
    """Say which way a value went: same, stricter, looser, or other where no way is said."""
    if first == now:
        return "same"
    numbers = all(isinstance(each, int) and not isinstance(each, bool) for each in (first, now))
    if stricter is None or not numbers:
        return "other"
    rises = now > first
    return "stricter" if rises == (stricter == "higher") else "looser"


def draft(form: Form, rules: Sequence[Rule]) -> str:
    """Write a layer that sets what the form sets, as a pack file people go on with."""
    lines = [
        f"id: {one(form, 'pack') or PACK_DEFAULT}",
        f'version: "{one(form, "number") or "1"}"',
        f'effective_from: "{one(form, "effective_from")}"',
        f"title_zh: {_quoted(one(form, 'title_zh'))}",
        f"title_en: {_quoted(one(form, 'title_en'))}",
        f"extends: {one(form, 'extends') or 'city'}",
    ]
    overrides = [each for rule in rules for each in _override(form, rule)]
    lines += ["overrides:", *overrides] if overrides else ["overrides: []"]
    return "\n".join(lines) + "\n"


def _override(form: Form, rule: Rule) -> list[str]:
    values = {
        parameter["name"]: one(form, f"{PARAMETER}{rule['rule_id']}.{parameter['name']}")
        for parameter in rule["parameters"]
    }
    known = {parameter["name"]: str(parameter["value"]) for parameter in rule["parameters"]}
    told = {name: value for name, value in values.items() if value and value != known[name]}
    if not told:
        return []
    inner = ", ".join(f"{name}: {_value(value)}" for name, value in told.items())
    lines = [f"  - rule: {rule['rule_id']}", f"    parameters: {{{inner}}}"]
    reason = one(form, "reason")
    return [*lines, f"    reason: {_quoted(reason)}"] if reason else lines


def _value(text: str) -> str:
    if text in {"true", "false"} or text.removeprefix("-").isdecimal():
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    """Write words as a YAML string that nothing in them can end."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + " ".join(escaped.split()) + '"'


def following(
    packs: Sequence[Mapping[str, Any]], jurisdiction: str, department: str
) -> Mapping[str, Any] | None:
    """Give the newest version of one's own layer, to go on from; null: there is none yet."""
    mine = [
        one
        for one in packs
        if one["jurisdiction"] == jurisdiction and (one["organisation"] or "") == department
    ]
    return max(mine, key=lambda one: _numbers(one["version"]), default=None)


def number_after(version: str | None) -> int:
    """Offer the number of a next version: of 3 and of 3.1 it is 4; of none 1."""
    return _numbers(version)[0] + 1 if version else 1


def _numbers(version: str) -> tuple[int, ...]:
    """Read a version as it is ordered: 1.10 comes after 1.9."""
    return tuple(map(int, version.split(".")))


def first_day(today: str | None) -> str:
    """Name the day after today: a layer holds from then on unless another day is said."""
    if not today:
        return ""
    return (dt.date.fromisoformat(today) + dt.timedelta(days=1)).isoformat()


def marked(content: str, faults: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give the faults with the line each is in."""
    lines = content.splitlines()
    return [
        {**fault, "text": lines[fault["line"] - 1] if 0 < fault["line"] <= len(lines) else ""}
        for fault in faults
    ]
