"""A service of an earlier release: `python -m tests.fault.drills.earlier FILE MODULE`.

As long as FILE is there, it knows no event type that stands in it, one a line; earlier versions of
the same thing it reads as ever. The module is run as `python -m MODULE` would run it.
"""

import runpy
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from contracts import codec
from contracts.envelope import AnyEvent


class Earlier:
    """Reads events as a release did that did not have some types yet."""

    def __init__(self, hidden: frozenset[str]) -> None:
        """Nothing is changed before the codec is told."""
        self._hidden = hidden
        self._decode = codec.decode
        self._within = False

    def decode(self, raw: bytes, event_type: str | None = None) -> AnyEvent:
        """Refuse a type that is not known; what an upcast makes of an earlier one is."""
        known = event_type or codec._type_of(raw)
        if known in self._hidden and not self._within:
            raise codec.UnknownEventTypeError(known)
        with self._upcasting():
            return self._decode(raw, event_type)

    @contextmanager
    def _upcasting(self) -> Iterator[None]:
        before, self._within = self._within, True
        try:
            yield
        finally:
            self._within = before


def main(arguments: Sequence[str]) -> None:
    """Forget the types and run the module until it ends."""
    file, module = Path(arguments[0]), arguments[1]
    if file.exists():
        codec.decode = Earlier(frozenset(file.read_text(encoding="utf-8").split())).decode
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
