"""The business at a glance: is it up, is it fresh, what waits for people."""

from typing import Final

from deploy.observe.boards.panels import Board, Panel, Query, Unit, quantile, rate

DAY_SECONDS: Final = 86_400

_NOW: Final = (
    Panel(
        "未响应的进程",
        "Down",
        "抓取不到指标的进程数。",
        "processes that do not answer.",
        Unit.COUNT,
        (Query('count(up{job="dualwatch"} == 0) or vector(0)'),),
        limits=(1, 2),
        single=True,
        width=4,
    ),
    Panel(
        "未就绪检查",
        "Not ready",
        "未通过的就绪检查数。",
        "readiness checks that fail.",
        Unit.COUNT,
        (Query("count(dualwatch_ready == 0) or vector(0)"),),
        limits=(1, 2),
        single=True,
        width=4,
    ),
    Panel(
        "数据滞后",
        "Freshness",
        "最早一条未处理记录的等待时间。",
        "age of the oldest record that is not handled.",
        Unit.SECONDS,
        (Query("max(dualwatch_oldest_unhandled_seconds)"),),
        limits=(60, 300),
        single=True,
        width=4,
    ),
    Panel(
        "业务日迟开",
        "Day behind",
        "自动时钟的业务日迟开时间。",
        "how late the business day of a live clock is.",
        Unit.SECONDS,
        (Query('max(dualwatch_intake_day_behind_seconds{clock="live"})'),),
        limits=(600, 3_600),
        single=True,
        width=4,
    ),
    Panel(
        "检查点年龄",
        "Checkpoint age",
        "账本最近一次确认被签名检查点覆盖以来的时间。",
        "seconds since the ledger was last found covered by a checkpoint.",
        Unit.SECONDS,
        (Query("time() - max(dualwatch_intake_checkpoint_checked_seconds > 0)"),),
        limits=(7_200, 10_800),
        single=True,
        width=4,
    ),
    Panel(
        "正在触发的运维告警",
        "Alerts of operations",
        "本监控规则中正在触发的告警数。",
        "rules of this deployment that fire now.",
        Unit.COUNT,
        (Query('count(ALERTS{alertstate="firing",alertname=~"Dualwatch.*"}) or vector(0)'),),
        limits=(1, 3),
        single=True,
        width=4,
    ),
)

_PEOPLE: Final = (
    Panel(
        "未结告警",
        "Open alerts",
        "尚未关闭或解除的预警，按级别。",
        "alerts that are neither closed nor cleared, by severity.",
        Unit.COUNT,
        (
            Query(
                "sum by (severity) (max by (state, severity) ("
                'dualwatch_alerts_by_state{state!~"cleared|closed|year_closed"}))',
                "{{severity}}",
            ),
        ),
        single=True,
    ),
    Panel(
        "逾期材料",
        "Overdue papers",
        "报送期限已过的材料。",
        "papers whose due date is over.",
        Unit.COUNT,
        (Query("sum(max by (kind) (dualwatch_reporting_papers_overdue)) or vector(0)"),),
        limits=(1, 50),
        single=True,
    ),
    Panel(
        "隔离区待处置",
        "Quarantine",
        "等待数据专员处置的数据。",
        "refused events that somebody has to look at.",
        Unit.COUNT,
        (Query("sum(max by (reason) (dualwatch_intake_quarantine_open)) or vector(0)"),),
        limits=(1, 1_000),
        single=True,
    ),
)

_FLOW: Final = (
    Panel(
        "入账数据",
        "Facts accepted",
        "每秒写入账本的数据。",
        "facts per second that the ledger has taken.",
        Unit.PER_SECOND,
        (Query(rate('dualwatch_intake_verdicts_total{verdict="accepted"}'), "入账"),),
    ),
    Panel(
        "各段路程",
        "Distances",
        "自入账起到汇总、评估、告警、送达的用时（p99）。",
        "from the ledger to projected, assessed, alerted, delivered (p99).",
        Unit.SECONDS,
        (
            Query(quantile(0.99, "dualwatch_projected_seconds"), "汇总", exemplars=True),
            Query(quantile(0.99, "dualwatch_assessed_seconds"), "评估", exemplars=True),
            Query(quantile(0.99, "dualwatch_alerted_seconds"), "告警", exemplars=True),
            Query(quantile(0.99, "dualwatch_delivered_seconds"), "送达", exemplars=True),
        ),
    ),
    Panel(
        "告警变化",
        "Alerts",
        "每日新增与解除的预警。",
        "alerts raised and cleared within a day.",
        Unit.COUNT,
        (Query("sum by (kind) (increase(dualwatch_alerts_changes_total[1d]))", "{{kind}}"),),
    ),
)

_PAGE: Final = (
    Panel(
        "请求",
        "Requests",
        "各服务每秒应答的请求。",
        "requests answered per second.",
        Unit.PER_SECOND,
        (Query("dualwatch:http_requests:rate5m", "{{service}}"),),
    ),
    Panel(
        "出错比例",
        "Errors",
        "以 5xx 应答的比例。",
        "share of answers with status 5xx.",
        Unit.RATIO,
        (Query("dualwatch:http_errors:ratio5m", "{{service}}"),),
    ),
    Panel(
        "读取用时",
        "Reading",
        "读取请求的用时（p99）。",
        "seconds of reading requests (p99).",
        Unit.SECONDS,
        (Query("dualwatch:http_get_seconds:p99_5m", "{{service}}"),),
    ),
    Panel(
        "页面报错",
        "Page errors",
        "用户浏览器中的报错，按种类。",
        "errors in people's browsers, by kind.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_console_client_errors_total", "kind"), "{{kind}}"),),
    ),
    Panel(
        "页面取数用时",
        "Console asking",
        "页面向各服务取数的用时（p99）。",
        "seconds of the console's questions to a service (p99).",
        Unit.SECONDS,
        (
            Query(
                quantile(0.99, "dualwatch_console_asked_seconds", "exported_service, outcome"),
                "{{exported_service}} {{outcome}}",
            ),
        ),
    ),
    Panel(
        "数据库磁盘",
        "Disk",
        "MongoDB 所在磁盘的已用比例。",
        "share of MongoDB's disk that is used.",
        Unit.RATIO,
        (
            Query(
                "max by (service) (dualwatch_mongo_disk_used_bytes"
                " / dualwatch_mongo_disk_size_bytes)",
                "{{service}}",
            ),
        ),
    ),
    Panel(
        "各库数据量",
        "Stored",
        "各服务数据库占用的字节数。",
        "bytes that each service's database takes.",
        Unit.BYTES,
        (Query("max by (service) (dualwatch_mongo_stored_bytes)", "{{service}}"),),
    ),
    Panel(
        "运行版本",
        "Releases",
        "各服务、各版本正在运行的进程数。",
        "processes by service and release.",
        Unit.COUNT,
        (Query("count by (service, version) (dualwatch_build_info)", "{{service}} {{version}}"),),
    ),
    Panel(
        "运行时长",
        "Uptime",
        "各进程启动以来的时间。",
        "seconds since each process was started.",
        Unit.SECONDS,
        (
            Query(
                'time() - process_start_time_seconds{job="dualwatch"}',
                "{{service}} {{instance}}",
            ),
        ),
    ),
)

OVERVIEW: Final = Board(
    "overview",
    "总览",
    "The business at a glance: is it up, is it fresh, what waits for people",
    {"现在 Now": _NOW, "待办 For people": _PEOPLE, "数据 Flow": _FLOW, "页面 Page": _PAGE},
)
