"""Panels: what a deployment stands on."""

from typing import Final

from deploy.observe.boards.panels import Panel, Query, Unit

STORES: Final = (
    Panel(
        "离线的节点",
        "Away",
        "不在线的 Kafka 节点和 MongoDB 副本集成员。",
        "brokers of Kafka and members of the replica set that are away.",
        Unit.COUNT,
        (
            Query('max(dualwatch_kafka_brokers{state="away"})', "Kafka"),
            Query('max(dualwatch_mongo_members{state="away"})', "MongoDB"),
        ),
        limits=(1, 2),
        single=True,
    ),
    Panel(
        "最近一次备份",
        "Last backup",
        "备份命令记下的时间；超过 36 小时有工单。",
        "as `dualwatch backup` has noted; a ticket comes after 36 hours.",
        Unit.TIME,
        (Query("1000 * max by (kind) (dualwatch_backup_made_seconds > 0)", "{{kind}}"),),
        single=True,
    ),
    Panel(
        "证书到期",
        "Certificates end",
        "最先到期的证书：本进程出示的、所信任的、Kafka 和 MongoDB 出示的。",
        "the first to end: own, trusted, shown by Kafka and MongoDB.",
        Unit.TIME,
        (Query("1000 * min by (kind) (dualwatch_certificate_ends_seconds > 0)", "{{kind}}"),),
        single=True,
    ),
    Panel(
        "分区副本",
        "Copies",
        "副本未同步、只剩一份同步、没有主副本的分区数。",
        "partitions with copies behind, with one in sync alone, without a leader.",
        Unit.COUNT,
        (Query("max by (state) (dualwatch_kafka_partitions)", "{{state}}"),),
    ),
    Panel(
        "磁盘",
        "Disks",
        "Kafka 各节点中最满的磁盘，以及 MongoDB 主节点的磁盘。",
        "the fullest of Kafka's, and that of MongoDB's primary.",
        Unit.RATIO,
        (
            Query(
                "max(dualwatch_kafka_disk_used_bytes / dualwatch_kafka_disk_size_bytes)", "Kafka"
            ),
            Query(
                "max(dualwatch_mongo_disk_used_bytes / dualwatch_mongo_disk_size_bytes)", "MongoDB"
            ),
        ),
    ),
    Panel(
        "操作日志",
        "Oplog",
        "MongoDB 操作日志可回溯的时间；未写满时不显示。",
        "how far it reaches back; nothing while it is not full.",
        Unit.SECONDS,
        (Query("min(dualwatch_mongo_oplog_window_seconds > 0)", "MongoDB"),),
    ),
)
