"""What may hinder a proof, a checkpoint or the export, said in both languages."""

from services.chassis.problems import ProblemError, not_found, refused


def no_entry(stream: str, sequence: int) -> ProblemError:
    """There is no such entry, or none that the caller may see."""
    return not_found(
        "unknown_entry",
        f"The ledger has no entry {sequence} of {stream[:64]}.",
        f"账本中没有 {stream[:64]} 的第 {sequence} 条。",
    )


def no_partition(partitions: int) -> ProblemError:
    """The deployment has fewer partitions."""
    return not_found(
        "unknown_partition",
        f"There are {partitions} partitions, from 0.",
        f"共有 {partitions} 个分区,从 0 起编号。",
        (f"Ask for 0 to {partitions - 1}.", f"请填写 0 至 {partitions - 1}。"),
    )


def not_covered(last: int | None) -> ProblemError:
    """No checkpoint was made since the entry; `last` is the latest one there is."""
    is_older = f"the last, {last}, is older" if last is not None else "there is none yet"
    is_older_zh = f"最近的检查点 {last} 早于该条目" if last is not None else "尚无检查点"
    return refused(
        409,
        "not_in_checkpoint",
        ("No checkpoint covers the entry yet", "尚无检查点覆盖该条目"),
        (
            f"A proof leads to a signed checkpoint that was made after the entry: {is_older}.",
            f"证明须指向该条目之后签署的检查点:{is_older_zh}。",
        ),
        (
            "Make one: POST /v1/checkpoints, or `dualwatch ledger checkpoint`.",
            "请生成检查点:POST /v1/checkpoints,或 dualwatch ledger checkpoint。",
        ),
    )


def too_long(how_long: str) -> ProblemError:
    """The stream goes on too far behind the entry."""
    return refused(
        422,
        "proof_too_long",
        ("The proof would be too large", "证明过大"),
        (
            f"A proof holds the entry and all that follow it in its stream: {how_long}.",
            f"证明包含该条目及其后全部条目:{how_long}。",
        ),
        (
            "Export the ledger and verify it as a whole: `dualwatch ledger export`.",
            "请导出账本并整体核验:dualwatch ledger export。",
        ),
    )


def broken(what: str) -> ProblemError:
    """Somebody has changed them."""
    return refused(
        409,
        "checkpoints_broken",
        ("The checkpoints are not what was written", "检查点已被更改"),
        (what, f"检查点与写入时不符:{what}"),
        (
            "`dualwatch ledger verify` names what is wrong.",
            "dualwatch ledger verify 指出不符之处。",
        ),
    )


def overtaken() -> ProblemError:
    """Two processes made one at once; the other was first."""
    return refused(
        409,
        "checkpoint_overtaken",
        ("Another process made a checkpoint at the same moment", "另一进程同时生成了检查点"),
        ("Its checkpoint stands; ours was not made.", "以该检查点为准,本次未生成。"),
        ("List the checkpoints, or ask once more.", "请查询检查点列表,或重新请求。"),
    )


def none_made() -> ProblemError:
    """Nobody has asked for any."""
    return refused(
        404,
        "no_checkpoints",
        ("This deployment makes no checkpoints", "本部署未启用检查点"),
        (
            "It has no key to sign them with, or no directory to keep them in.",
            "没有签名密钥,或没有保存目录。",
        ),
        (
            "Set DUALWATCH_INTAKE__CHECKPOINT_KEY_FILE and DUALWATCH_INTAKE__CHECKPOINTS.",
            ("请设置 DUALWATCH_INTAKE__CHECKPOINT_KEY_FILE 和 DUALWATCH_INTAKE__CHECKPOINTS。"),
        ),
    )
