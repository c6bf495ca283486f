"""Campaigns and their papers, and how long people wait for them."""

from typing import Final

from deploy.observe.boards.panels import Board, Panel, Query, Unit, distance, rate

_PAPERS: Final = (
    Panel(
        "集中监控",
        "Campaigns",
        "集中监控任务数，按状态。",
        "campaigns by state.",
        Unit.COUNT,
        (Query("max by (state) (dualwatch_reporting_campaigns)", "{{state}}"),),
    ),
    Panel(
        "材料状态",
        "Papers",
        "监控表与报告的数量，按种类与状态。",
        "forms and reports by kind and state.",
        Unit.COUNT,
        (
            Query(
                "max by (kind, state) (dualwatch_reporting_papers_by_state)", "{{kind}} {{state}}"
            ),
        ),
    ),
    Panel(
        "未报与逾期",
        "Missing and overdue",
        "进行中任务里尚未报送的材料，其中期限已过的单列。",
        "papers of open campaigns that are not handed in; of these those whose due date is over.",
        Unit.COUNT,
        (
            Query("max by (kind) (dualwatch_reporting_papers_missing)", "未报 {{kind}}"),
            Query("max by (kind) (dualwatch_reporting_papers_overdue)", "逾期 {{kind}}"),
        ),
    ),
    Panel(
        "报送步骤",
        "Steps",
        "填报、审核等步骤，按种类、步骤与结果。",
        "steps of papers by kind, step and outcome.",
        Unit.PER_SECOND,
        (
            Query(
                rate("dualwatch_reporting_paper_steps_total", "kind, step, outcome"),
                "{{kind}} {{step}} {{outcome}}",
            ),
        ),
    ),
    Panel(
        "催办提醒",
        "Reminders",
        "材料提醒，按到期情况。",
        "reminders of papers, by how they stand.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_reporting_reminders_total", "dueness"), "{{dueness}}"),),
    ),
    Panel(
        "开启任务生成的材料",
        "Papers opened",
        "开启集中监控时生成的材料。",
        "papers made by the opening of campaigns.",
        Unit.PER_SECOND,
        (Query(rate("dualwatch_reporting_papers_opened_total", "kind"), "{{kind}}"),),
    ),
)

_MADE: Final = (
    Panel(
        "填表用时",
        "Filling",
        "由账本数据填制监控表、报告的用时。",
        "seconds to fill a form or a report from the ledger.",
        Unit.SECONDS,
        distance("dualwatch_reporting_paper_seconds", "kind"),
    ),
    Panel(
        "出文件用时",
        "Files",
        "生成 Excel、Word、PDF 文件的用时。",
        "seconds to make a file, by format.",
        Unit.SECONDS,
        distance("dualwatch_reporting_file_seconds", "format"),
    ),
    Panel(
        "生成的文件",
        "Files made",
        "每秒生成的文件，按格式；以及装入压缩包的文件。",
        "files made per second, by format; and files put into bundles.",
        Unit.PER_SECOND,
        (
            Query(rate("dualwatch_reporting_files_total", "format"), "{{format}}"),
            Query(rate("dualwatch_reporting_bundled_total"), "打包"),
        ),
    ),
)

REPORTING: Final = Board(
    "reporting",
    "报送",
    "Reporting: campaigns, papers, files",
    {"材料 Papers": _PAPERS, "用时 Seconds": _MADE},
)
