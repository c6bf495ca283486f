"""The pack that `dualwatch rules init` writes."""

from typing import Final

STARTER: Final = """\
# A layer upon the shipped pack: docs/rules.md says what may stand here.
#   dualwatch rules check FILE          form, facts, tests, what it changes of the layers below
#   dualwatch rules test FILE           its inline tests
#   dualwatch rules backtest --pack FILE --from 2026-01-31 --to 2026-06-30 --jurisdiction J
#   dualwatch rules publish FILE --jurisdiction J
id: own
version: "1"
effective_from: "2026-01-01"
title_zh: 本级补充规则
title_en: Own rules
extends: city
overrides:
  # Stricter for the whole city: yellow below 85 % of what is expected.
  - rule: execution_behind_standard
    parameters: {yellow_below_bp: 8500}
    reason: Decision of the performance division.
    tests:
      - name: exactly 85 % is on standard
        given: &plan
          frozen: false
          priority_bureau: false
          priority_department: false
          ratio_bp: 8500
          judged_budget: 100000000
          expected_basis: plan
          months_completed: 6
          days_since_approval: 180
          spent: 42500000
          expected_spent: 50000000
          unpaid_committed: 0
        expect: silent
      - name: just below it is yellow
        given: {<<: *plan, ratio_bp: 8499, spent: 42495000}
        expect: yellow
rules:
  - id: balance_large_in_autumn
    title_zh: 第三季度末结余较大
    title_en: Large balance at the end of September
    article: "10, 13"
    aspect: timeliness
    scope: project
    basis: >-
      From the completion of the ninth month on more than 60 % of the budget is unspent (Shuozhou
      2015): yellow.
    basis_zh: 自第九个月结束起预算未支出超过60%(朔州2015):为黄。
    parameters:
      spent_below_bp: {value: 4000, unit: bp, stricter: higher,
        meaning_zh: 执行率低于, meaning_en: execution rate below this}
      months: {value: 9, unit: months, stricter: lower,
        meaning_zh: 自第几个月末起, meaning_en: from the completion of this month on}
    hold_when: frozen
    when: >-
      months_completed >= parameter.months
      && has_execution_rate_bp && execution_rate_bp < parameter.spent_below_bp
    severity: yellow
    term: {explain_within: 10, explain_within_priority: 5, remind_before: [3, 0]}
    shows: [execution_rate_bp, balance, adjusted_budget]
    tests:
      - name: just below 40 %
        given: &autumn {frozen: false, months_completed: 9, execution_rate_bp: 3999}
        expect: yellow
      - name: exactly 40 %
        given: {<<: *autumn, execution_rate_bp: 4000}
        expect: silent
      - name: a frozen project is not judged
        given: {<<: *autumn, frozen: true}
        expect: held
"""
