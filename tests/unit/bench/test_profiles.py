"""What a profile says of samples."""

from tests.bench.profiles import Profiler, costs, module_of


def test_ours_are_named_in_full_and_others_by_their_package() -> None:
    """Wherever the tree is."""
    frames = {
        "Folding.fold (/any/where/services/analysis/handlers/folding.py:200)",
        "decode (/any/where/contracts/codec.py:7)",
        "encode (/any/.venv/lib/python3.11/site-packages/bson/__init__.py:1085)",
        "lz4 (/any/.venv/lib/python3.11/site-packages/aiokafka/codec.py:177)",
        "run (/usr/lib/python3.11/asyncio/runners.py:118)",
    }

    assert {module_of(frame) for frame in frames} == {
        "services.analysis.handlers.folding",
        "contracts.codec",
        "bson",
        "aiokafka",
        "Python's own library",
    }


def test_a_sample_counts_where_it_was_taken() -> None:
    """Not where its callers are; what is not named is summed up."""
    raw = [
        "main (/a/services/x.py:1);fold (/a/services/y.py:2) 7",
        "main (/a/services/x.py:1);fold (/a/services/y.py:9) 2",
        "main (/a/services/x.py:1) 1",
    ]

    assert costs(raw) == {"services.y": 9, "services.x": 1}


def test_shares_are_of_all_samples() -> None:
    """The biggest first, the rest as one."""
    profiler = Profiler.__new__(Profiler)
    profiler.costs = costs(f"a (/p/services/m{number}.py:1) {number + 1}" for number in range(10))

    figures = profiler.figures()

    assert figures[0] == {"what": "services.m9", "share": round(10 / 55, 4)}
    assert figures[-1] == {"what": "all other", "share": round(3 / 55, 4)}
