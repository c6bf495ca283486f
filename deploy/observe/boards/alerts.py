"""What is judged, who works on it, and how it is told."""

from typing import Final

from deploy.observe.boards.panels import Board, Panel, Query, Unit, distance, quantile, rate

_JUDGED: Final = (
    Panel(
        "告警数",
        "Alerts",
        "告警数，按状态与级别。",
        "alerts by state and severity.",
        Unit.COUNT,
        (Query("max by (state, severity) (dualwatch_alerts_by_state)", "{{state}} {{severity}}"),),
    ),
    Panel(
        "告警变化",
        "Changes",
        "新增、更新和解除的告警。",
        "alerts raised, updated and cleared.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_alerts_changes_total", "kind"), "{{kind}}"),),
    ),
    Panel(
        "各规则新增告警",
        "By rule",
        "一小时内变化最多的十条规则。",
        "the ten rules whose alerts changed most within an hour.",
        Unit.COUNT,
        (
            Query(
                "topk(10, sum by (rule) (increase(dualwatch_alerts_changes_total[1h])))", "{{rule}}"
            ),
        ),
    ),
    Panel(
        "规则判断",
        "Evaluations",
        "每秒规则判断次数，以及其中没有结果的次数。",
        "evaluations of rules, and those that gave no answer.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_alerts_rule_evaluations_total"), "判断"),
            Query(rate("dualwatch_alerts_rule_failures_total", "rule"), "无结果 {{rule}}"),
        ),
    ),
    Panel(
        "入账到告警",
        "Alerted",
        "从写入账本到告警变化落库的用时。",
        "from the ledger to the committed change of an alert.",
        Unit.SECONDS,
        distance("dualwatch_alerted_seconds"),
    ),
    Panel(
        "日切用时",
        "Day steps",
        "开日后一个分区处理提醒、升级和静默的用时（p99）。",
        "what a partition needs for an opened day's reminders, escalations and mutes (p99).",
        Unit.SECONDS,
        (Query(quantile(0.99, "dualwatch_alerts_day_steps_seconds"), "p99"),),
    ),
)

_WORKED: Final = (
    Panel(
        "处置操作",
        "Commands",
        "人员操作，按步骤与结果。",
        "commands of people, by step and outcome.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_alerts_commands_total", "step, outcome"), "{{step}} {{outcome}}"),),
    ),
    Panel(
        "提醒与升级",
        "Reminders",
        "期限提醒，以及升级到上级的告警。",
        "reminders of a term, and alerts that became a higher level's matter.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_alerts_reminders_total", "rule"), "提醒 {{rule}}"),
            Query(rate("dualwatch_alerts_escalations_total", "level"), "升级 {{level}}"),
        ),
    ),
    Panel(
        "静默",
        "Muted",
        "生效中的静默，以及不再通知的告警（按依据）。",
        "suppressions that hold, and alerts that nobody is notified of, by ground.",
        Unit.COUNT,
        (
            Query("max(dualwatch_alerts_suppressions_active)", "生效"),
            Query(
                "sum by (ground) (increase(dualwatch_alerts_muted_total[1h]))", "一小时 {{ground}}"
            ),
        ),
    ),
    Panel(
        "并发冲突",
        "Conflicts",
        "因告警同时被修改而重做的批次与操作。",
        "batches and commands decided anew because an alert was changed meanwhile.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_alerts_conflicts_total"), "批次"),
            Query(rate("dualwatch_alerts_command_conflicts_total"), "操作"),
        ),
    ),
    Panel(
        "规则包",
        "Packs",
        "各分区读入的规则包，按结果；以及被忽略的部分。",
        "rule packs taken in, by outcome; and parts that were ignored.",
        Unit.COUNT,
        (
            Query("sum by (outcome) (dualwatch_alerts_packs_total)", "{{outcome}}"),
            Query("sum by (code) (dualwatch_alerts_pack_parts_ignored_total)", "忽略 {{code}}"),
        ),
    ),
    Panel(
        "单位日判断",
        "Organisation days",
        "按单位、部门判断的地区日数。",
        "days for which units and departments were judged.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_alerts_organisation_days_total"), "地区日"),),
    ),
)

_TOLD: Final = (
    Panel(
        "入账到送达",
        "Delivered",
        "从写入账本到订阅方收到的用时，按渠道。",
        "from the ledger to the subscriber, by channel.",
        Unit.SECONDS,
        distance("dualwatch_delivered_seconds", "channel"),
    ),
    Panel(
        "推送结果",
        "Deliveries",
        "推送尝试，按渠道与结果。",
        "attempts to deliver, by channel and outcome.",
        Unit.PER_SECOND,
        (
            Query(
                rate("dualwatch_alerts_deliveries_total", "channel, outcome"),
                "{{channel}} {{outcome}}",
            ),
        ),
    ),
    Panel(
        "单次推送用时",
        "Attempts",
        "一次推送尝试的用时（p99），按渠道。",
        "seconds of one attempt to deliver (p99), by channel.",
        Unit.SECONDS,
        (Query(quantile(0.99, "dualwatch_alerts_delivery_seconds", "channel"), "{{channel}}"),),
    ),
    Panel(
        "待推送",
        "Backlog",
        "有效订阅尚未看过的条目数。",
        "entries that active subscriptions have not looked at.",
        Unit.COUNT,
        (Query("sum(dualwatch_alerts_delivery_backlog_entries)", "待推送"),),
    ),
    Panel(
        "订阅",
        "Subscriptions",
        "订阅数，按状态；已停用的须由订阅人恢复。",
        "subscriptions by state: disabled ones need their owner.",
        Unit.COUNT,
        (Query("sum by (state) (dualwatch_alerts_subscriptions)", "{{state}}"),),
    ),
    Panel(
        "实时跟随",
        "Followers",
        "正在跟随告警流的连接数。",
        "streams and waiting questions that follow a feed.",
        Unit.COUNT,
        (Query("sum(dualwatch_alerts_feed_subscribers)", "连接"),),
    ),
)

ALERTS: Final = Board(
    "alerts",
    "告警",
    "Alerts: what is judged, who works on it, how it is told",
    {"判断 Judged": _JUDGED, "处置 Worked on": _WORKED, "送达 Told": _TOLD},
)
