"""The doors, the ledger, the quarantine, and who comes in."""

from typing import Final

from deploy.observe.boards.panels import Board, Panel, Query, Unit, distance, rate

_DOORS: Final = (
    Panel(
        "入账裁定",
        "Verdicts",
        "每秒裁定的事件数，按结果。",
        "events decided per second, by verdict.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_intake_verdicts_total", "verdict"), "{{verdict}}"),),
    ),
    Panel(
        "接收到入账",
        "Accepted",
        "从数据到达接口到写入账本的用时。",
        "from the door's receipt to the entry in the ledger.",
        Unit.SECONDS,
        distance("dualwatch_accepted_seconds"),
    ),
    Panel(
        "整体拒收",
        "Requests refused",
        "未拆分即被拒绝的请求，按问题代码。",
        "requests to the event door that were refused as a whole, by problem.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_intake_requests_refused_total", "code"), "{{code}}"),),
    ),
    Panel(
        "文件导入",
        "Files",
        "上传文件中已裁定的事件，按结果；以及整份被拒的文件。",
        "events of uploaded files, by verdict; and files refused as a whole.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_intake_file_events_total", "verdict"), "{{verdict}}"),
            Query(rate("dualwatch_intake_files_refused_total", "code"), "拒收 {{code}}"),
        ),
    ),
    Panel(
        "佐证材料",
        "Evidence",
        "佐证材料上传次数，按结果。",
        "evidence files uploaded, by outcome.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_intake_evidence_uploads_total", "outcome"), "{{outcome}}"),),
    ),
    Panel(
        "新增佐证字节",
        "Evidence bytes",
        "每秒新增的佐证材料字节数。",
        "bytes per second of evidence that was new.",
        Unit.BYTES,
        (Query(rate("dualwatch_intake_evidence_bytes_total"), "字节"),),
    ),
)

_QUARANTINE: Final = (
    Panel(
        "隔离区待处置",
        "Quarantine",
        "等待处置的隔离数据，按原因。",
        "entries that somebody has to look at, by reason.",
        Unit.COUNT,
        (Query("max by (reason) (dualwatch_intake_quarantine_open)", "{{reason}}"),),
        width=12,
    ),
    Panel(
        "最早待处置",
        "Quarantine age",
        "最早一条待处置数据的等待时间，按原因。",
        "age of the oldest open entry, by reason.",
        Unit.SECONDS,
        (Query("max by (reason) (dualwatch_intake_quarantine_oldest_seconds)", "{{reason}}"),),
        width=12,
    ),
    Panel(
        "不平批次",
        "Batches out of balance",
        "次一业务日开账后仍不平的调剂、分配批次，按类别。",
        "batches of virements and distributions that do not balance, by kind.",
        Unit.COUNT,
        (Query("max by (kind) (dualwatch_intake_batches_unbalanced)", "{{kind}}"),),
        width=12,
    ),
    Panel(
        "批次计数滞后",
        "Batches behind",
        "尚未计入调剂、分配批次的账本位置数。",
        "positions whose virements and distributions are not counted in batches yet.",
        Unit.COUNT,
        (Query("max(dualwatch_intake_adjustments_behind)", "滞后"),),
        width=12,
    ),
)

_LEDGER: Final = (
    Panel(
        "检查点年龄",
        "Checkpoint age",
        "账本最近一次确认被签名检查点覆盖以来的时间。",
        "seconds since the ledger was last found covered by a checkpoint.",
        Unit.SECONDS,
        (Query("time() - max(dualwatch_intake_checkpoint_checked_seconds > 0)", "检查点"),),
    ),
    Panel(
        "检查点",
        "Checkpoints",
        "生成和未能生成的检查点。",
        "checkpoints made, and those that could not be.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_intake_checkpoints_total"), "生成"),
            Query(rate("dualwatch_intake_checkpoint_failures_total"), "失败"),
        ),
    ),
    Panel(
        "业务日迟开",
        "Day behind",
        "下一业务日应开未开的时间，按时钟种类。",
        "how late the next business day is, by kind of clock.",
        Unit.SECONDS,
        (Query("max by (clock) (dualwatch_intake_day_behind_seconds)", "{{clock}}"),),
    ),
    Panel(
        "单据号检索滞后",
        "Document numbers",
        "尚不能按单据号检索的账本位置数。",
        "positions whose document numbers cannot be searched for yet.",
        Unit.COUNT,
        (Query("max(dualwatch_intake_document_numbers_behind)", "滞后"),),
    ),
    Panel(
        "重新发布",
        "Republished",
        "接管分区时补发的账本记录与代发的分区。",
        "entries published again when a partition was taken, and relayed ones.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_intake_republished_total"), "补发"),
            Query(rate("dualwatch_left_behind_total", "topic"), "代发 {{topic}}"),
            Query(rate("dualwatch_intake_quarantine_resent_total"), "隔离重送"),
        ),
    ),
    Panel(
        "外来记录",
        "Foreign records",
        "非本系统写入内部主题的记录，已跳过。",
        "records on our topics that none of us wrote, passed over.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_foreign_records_total", "topic"), "{{topic}}"),),
    ),
)

_ACCESS: Final = (
    Panel(
        "登录",
        "Sign-ins",
        "登录次数，按方式与结果。",
        "people who signed in or tried to, by kind and outcome.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_sign_ins_total", "kind, outcome"), "{{kind}} {{outcome}}"),),
    ),
    Panel(
        "未获授权",
        "Not let in",
        "未获授权的请求，按服务与原因。",
        "requests that were not let in, by service and reason.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_unauthorised_total", "service, reason"), "{{service}} {{reason}}"),),
    ),
    Panel(
        "限流",
        "Limited",
        "因请求过于频繁而以 429 应答的请求，按服务。",
        "requests answered with 429 because their caller asks too often, by service.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_http_limited_total", "service"), "{{service}}"),),
    ),
    Panel(
        "已知主体",
        "Principals",
        "各进程已知的有效主体数；应当一致。",
        "principals that each process knows: the same everywhere.",
        Unit.COUNT,
        (
            Query(
                "max by (service, instance) (dualwatch_principals_known)",
                "{{service}} {{instance}}",
            ),
        ),
    ),
)

INTAKE: Final = Board(
    "intake",
    "数据接收",
    "Intake: the doors, the quarantine, the ledger, who comes in",
    {
        "接口 Doors": _DOORS,
        "隔离区 Quarantine": _QUARANTINE,
        "账本 Ledger": _LEDGER,
        "访问 Access": _ACCESS,
    },
)
