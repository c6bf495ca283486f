"""The gate of one partition: entries pass in the order of their positions, each exactly once."""

from dataclasses import dataclass

from services.chassis.lane import GapError


@dataclass
class Gate:
    """Tells the next entry from what has been seen and from what came too early.

    What comes too early is left lying: its publisher sends the missing tail again *behind* it, so
    reading goes on past it. If the tail is behind but what was left lying is not sent again, it is
    read once more from `pin`. A record is never taken out of order and never forgotten.
    """

    position: int
    """Last position that has passed."""
    ahead: int = 0
    """Highest position left lying; 0: there is no gap."""
    pin: int | None = None
    """Kafka offset of the first record left lying: where reading starts again."""
    told: int | None = None
    """The position that was wanted when the gap was last reported."""

    def admit(self, offset: int, position: int) -> bool:
        """Whether this record is the next entry; remembers what comes too early."""
        wanted = self.position + 1
        if position == wanted:
            self.position = position
            return True
        if position > wanted:
            if self.pin is None or offset < self.pin:
                self.pin = offset
            self.ahead = max(self.ahead, position)
        return False

    def resume_at(self, next_offset: int) -> int:
        """Return the offset to keep with the progress; closes a gap that is filled."""
        if self.pin is not None and self.position >= self.ahead:
            self.ahead, self.pin, self.told = 0, None, None
        return next_offset if self.pin is None else self.pin

    def check(self, partition: int) -> None:
        """Raise GapError when reading has to start again: a new gap, or one that moved."""
        wanted = self.position + 1
        if self.pin is not None and self.told != wanted:
            self.told = wanted
            msg = f"partition {partition}: position {wanted} is missing, {self.ahead} came"
            raise GapError(msg)
