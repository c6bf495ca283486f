"""From the door to the subscriber: how far facts have come, and what waits where."""

from typing import Final

from deploy.observe.boards.panels import Board, Panel, Query, Unit, distance, quantile, rate
from deploy.observe.boards.stores import STORES

_DISTANCES: Final = (
    Panel(
        "接收到入账",
        "Accepted",
        "从数据到达接口到写入账本的用时。",
        "from the door's receipt to the entry in the ledger.",
        Unit.SECONDS,
        distance("dualwatch_accepted_seconds"),
    ),
    Panel(
        "入账到汇总",
        "Projected",
        "从写入账本到计入项目数据的用时。",
        "from the ledger to the folded project.",
        Unit.SECONDS,
        distance("dualwatch_projected_seconds"),
    ),
    Panel(
        "入账到评估",
        "Assessed",
        "从写入账本到完成监控评估的用时。",
        "from the ledger to the committed assessment.",
        Unit.SECONDS,
        distance("dualwatch_assessed_seconds"),
    ),
    Panel(
        "入账到告警",
        "Alerted",
        "从写入账本到告警变化落库的用时。",
        "from the ledger to the committed change of an alert.",
        Unit.SECONDS,
        distance("dualwatch_alerted_seconds"),
        width=12,
    ),
    Panel(
        "入账到送达",
        "Delivered",
        "从写入账本到订阅方收到的用时，按渠道。",
        "from the ledger to the subscriber, by channel.",
        Unit.SECONDS,
        distance("dualwatch_delivered_seconds", "channel"),
        width=12,
    ),
)

_WAITING: Final = (
    Panel(
        "最早未处理记录",
        "Freshness",
        "每个消费方最早一条未处理记录的等待时间；0 表示没有积压。",
        "age of the oldest record that a consumer has not handled; 0: none.",
        Unit.SECONDS,
        (
            Query(
                "max by (topic, group) (dualwatch_oldest_unhandled_seconds)",
                "{{group}} ← {{topic}}",
            ),
        ),
    ),
    Panel(
        "消费积压",
        "Lag",
        "主题上尚未处理的记录数。",
        "records on the topic that are not handled yet.",
        Unit.COUNT,
        (Query("sum by (topic, group) (dualwatch_consumer_lag_records)", "{{group}} ← {{topic}}"),),
    ),
    Panel(
        "位置差",
        "Positions behind",
        "写入方最后位置与各投影已存位置之差。",
        "the writer's last position less the one that a projection has stored.",
        Unit.COUNT,
        (
            Query(
                "sum by (projection, topic) (dualwatch:position_lag)", "{{projection}} ← {{topic}}"
            ),
        ),
    ),
    Panel(
        "待发布",
        "Outbox",
        "已提交、尚未发布到 Kafka 的记录与申报。",
        "what is committed and not on its topic yet.",
        Unit.COUNT,
        (
            Query("sum by (topic) (dualwatch_outbox_waiting_records)", "{{topic}}"),
            Query("max by (topic) (dualwatch_statements_waiting)", "{{topic}} 申报"),
        ),
    ),
    Panel(
        "待评估",
        "Due",
        "等待评估的项目年度数。",
        "project years that wait to be assessed.",
        Unit.COUNT,
        (Query("sum(dualwatch_analysis_due_years)", "待评估"),),
    ),
    Panel(
        "记录处理时的年龄",
        "Record age",
        "处理一批时其中最早记录的年龄（p99）。",
        "age of a batch's oldest record when it is handled (p99).",
        Unit.SECONDS,
        (Query(quantile(0.99, "dualwatch_record_age_seconds", "group"), "{{group}}"),),
    ),
)

_WORK: Final = (
    Panel(
        "处理速度",
        "Handled",
        "每秒处理的记录数。",
        "records handled per second.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_records_handled_total", "topic, group"), "{{group}} ← {{topic}}"),),
    ),
    Panel(
        "发布速度",
        "Published",
        "每秒发布到 Kafka 的记录数。",
        "records per second that the broker has.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_records_published_total", "topic"), "{{topic}}"),),
    ),
    Panel(
        "批处理用时",
        "Batch seconds",
        "从取批到提交（p99）。",
        "from taking a batch to its commit (p99).",
        Unit.SECONDS,
        (Query(quantile(0.99, "dualwatch_batch_seconds", "group"), "{{group}}"),),
    ),
    Panel(
        "每批记录数",
        "Batch size",
        "积压越多，批越大。",
        "records per batch: grows with the backlog.",
        Unit.COUNT,
        (
            Query(
                "sum by (group) (rate(dualwatch_batch_records_sum[$__rate_interval]))"
                " / sum by (group) (rate(dualwatch_batch_records_count[$__rate_interval]))",
                "{{group}}",
            ),
        ),
    ),
    Panel(
        "发布用时",
        "Publishing",
        "等待 Kafka 确认一批的用时（p99）。",
        "seconds until the broker has a batch (p99).",
        Unit.SECONDS,
        (Query(quantile(0.99, "dualwatch_publish_seconds", "topic"), "{{topic}}"),),
    ),
    Panel(
        "分区归属",
        "Partitions",
        "各进程当前负责的分区数。",
        "partitions that each process owns.",
        Unit.COUNT,
        (
            Query(
                "sum by (service, instance, topic) (dualwatch_partitions_owned)",
                "{{service}} {{instance}} ← {{topic}}",
            ),
        ),
    ),
)

_TROUBLE: Final = (
    Panel(
        "失败与缺口",
        "Failures and gaps",
        "批处理失败、序号缺口和发布失败的次数。",
        "batches that failed, positions that were missing, publications that failed.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_handler_failures_total", "group"), "失败 {{group}}"),
            Query(rate("dualwatch_position_gaps_total", "group"), "缺口 {{group}}"),
            Query(rate("dualwatch_publish_failures_total", "topic"), "发布 {{topic}}"),
        ),
    ),
    Panel(
        "循环进展",
        "Loops",
        "各后台循环距上次进展的时间与其上限之比；超过 100% 即失活。",
        "seconds since a loop came round, as a share of its limit; dead above 100 %.",
        Unit.RATIO,
        (
            Query(
                "max by (service, instance) (dualwatch_loop_progress_age_seconds"
                " / dualwatch_loop_limit_seconds)",
                "{{service}} {{instance}}",
            ),
        ),
    ),
    Panel(
        "重连与重试",
        "Restarts and retries",
        "重新连接 Kafka、重做事务和清理死会话的次数。",
        "reading begun anew, transactions run again, dead sessions ended.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_broker_restarts_total", "service"), "Kafka {{service}}"),
            Query(rate("dualwatch_transaction_retries_total", "service"), "事务 {{service}}"),
            Query(rate("dualwatch_dead_sessions_ended_total", "service"), "会话 {{service}}"),
        ),
    ),
    Panel(
        "不完整的项目",
        "Incomplete",
        "搁置的记录、超出容量而未计入的记录、评估失败和不认识的新版事件。",
        "entries parked or left out of a full year, assessments failed, events too new to read.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_analysis_parked_entries_total"), "搁置"),
            Query(rate("dualwatch_analysis_left_out_entries_total"), "未计入"),
            Query(rate("dualwatch_analysis_assessment_failures_total"), "评估失败"),
            Query(rate("dualwatch_analysis_unreadable_entries_total"), "版本过新"),
        ),
    ),
    Panel(
        "处理器与内存",
        "CPU and memory",
        "各进程占用的处理器核数。",
        "cores that each process uses.",
        Unit.COUNT,
        (
            Query(
                'sum by (service, instance) (rate(process_cpu_seconds_total{job="dualwatch"}'
                "[$__rate_interval]))",
                "{{service}} {{instance}}",
            ),
        ),
    ),
    Panel(
        "内存",
        "Memory",
        "各进程常驻内存。",
        "resident memory of each process.",
        Unit.BYTES,
        (
            Query(
                'process_resident_memory_bytes{job="dualwatch"}',
                "{{service}} {{instance}}",
            ),
        ),
    ),
)

PIPELINE: Final = Board(
    "pipeline",
    "数据流",
    "The pipeline: how far facts have come, what waits, what fails",
    {
        "路程 Distances": _DISTANCES,
        "等待 Waiting": _WAITING,
        "处理 Work": _WORK,
        "异常 Trouble": _TROUBLE,
        "底座 Stores": STORES,
    },
)
