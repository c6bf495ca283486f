"""Tables of docs/rules.md, made from the code: what rules may ask, and what ships."""

from services.alerts.domain.facts import SPECS, FactSpec, Scope
from services.alerts.packs.loader import PACKS_FOLDER, VARIANTS_FOLDER, read_forms

HEADINGS = {
    Scope.PROJECT: "Of the project (known wherever something within it is looked at)",
    Scope.INDICATOR: "Of an indicator",
    Scope.FINDING: "Of a compliance finding",
    Scope.LINE: "Of a funding line",
    Scope.UNIT: "Of a unit: its lines together, and what names none of projects it leads",
    Scope.DEPARTMENT: "Of a department: all its projects together",
    Scope.QUARANTINE: "Of what waits in the quarantine",
    Scope.PAPERS: "Of what an organisation has to hand in: forms, a report",
}


def facts_table() -> str:
    """Write every fact, scope by scope."""
    parts = []
    for scope, heading in HEADINGS.items():
        rows = [_row(spec) for spec in SPECS.values() if spec.scope is scope]
        head = f"### {heading}\n\n| fact | type | means |\n|---|---|---|"
        parts.append("\n".join((head, *rows)))
    return "\n\n".join(parts) + "\n"


def _row(spec: FactSpec) -> str:
    unit = f" {spec.unit}" if spec.unit else ""
    null = f" May be null: ask `{spec.flag}` first." if spec.nullable else ""
    return f"| `{spec.name}` | {spec.type}{unit} | {spec.meaning}{null} |"


def rules_table() -> str:
    """Write every shipped rule: what it looks at, by which article."""
    rows = ["| rule | looks at | article | 标题 |", "|---|---|---|---|"]
    rows += [
        f"| `{rule.id}` | {rule.scope} | {rule.article} | {rule.title_zh} |"
        for form in read_forms(PACKS_FOLDER)
        for rule in form.rules
    ]
    return "\n".join(rows) + "\n"


def variants_table() -> str:
    """Write the shipped variants: what each changes and adds."""
    rows = ["| file | switches off or sets | adds |", "|---|---|---|"]
    for form in read_forms(VARIANTS_FOLDER):
        changes = ", ".join(f"`{override.rule}`" for override in form.overrides)
        adds = ", ".join(f"`{rule.id}`" for rule in form.rules)
        rows.append(f"| `variants/{form.id}.yaml` {form.title_zh} | {changes} | {adds} |")
    return "\n".join(rows) + "\n"
