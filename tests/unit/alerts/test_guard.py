"""Where a webhook really goes, with a resolver that plays tricks."""

import threading

import pytest

from services.alerts.delivery import guard as guarding
from services.alerts.delivery.guard import Guard, UnresolvedError
from services.alerts.domain.addresses import AddressRules, ForbiddenAddressError

URL = "https://hooks.example.org/"


class Names:
    """A resolver whose answers change from question to question."""

    def __init__(self, *answers: list[str] | OSError) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        """Answer the next question."""
        self.asked.append((host, port))
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer


async def test_a_name_is_asked_for_once_and_called_where_it_was_found() -> None:
    """What it resolves to a moment later is of no account."""
    names = Names(["93.184.215.14", "2606:4700:4700::1111"], ["127.0.0.1"])
    guard = Guard(AddressRules(), names)
    target, addresses = await guard.ask(URL)

    assert [("hooks.example.org", 443)] == names.asked
    assert ["93.184.215.14", "2606:4700:4700::1111"] == [str(one) for one in addresses]
    assert "https://93.184.215.14:443/" == target.at(addresses[0])
    with pytest.raises(ForbiddenAddressError):
        await guard.ask(URL)
    guard.close()


@pytest.mark.parametrize(
    "found",
    [
        ["93.184.215.14", "10.0.0.1"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"], [],
        ["169.254.169.254"], [f"93.184.215.{n}" for n in range(40)],
    ],
)  # fmt: skip
async def test_names_of_what_is_inside_are_refused(found: list[str]) -> None:
    """Whatever else they resolve to, and however many there are."""
    guard = Guard(AddressRules(), Names(found))
    with pytest.raises(ForbiddenAddressError):
        await guard.ask(URL)
    guard.close()


async def test_a_name_that_cannot_be_looked_up_is_refused_now_and_tried_later() -> None:
    """At creation that is a refusal, at delivery a failure."""
    guard = Guard(AddressRules(), Names(OSError("no"), OSError("no")))
    with pytest.raises(UnresolvedError):
        await guard.ask(URL)
    with pytest.raises(ForbiddenAddressError, match="cannot be found"):
        await guard.check(URL)
    guard.close()


async def test_a_resolver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are looked up meanwhile."""
    monkeypatch.setattr(guarding, "RESOLVE_SECONDS", 0.01)
    done = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        done.wait()
        return []

    guard = Guard(AddressRules(), hang)
    with pytest.raises(UnresolvedError):
        await guard.ask(URL)
    done.set()
    guard.close()


async def test_what_is_written_as_an_address_is_not_looked_up() -> None:
    """Nor may it be another name for something else."""
    names = Names()
    guard = Guard(AddressRules(), names)
    _, addresses = await guard.ask("https://93.184.215.14/")

    assert ["93.184.215.14"] == [str(one) for one in addresses]
    assert [] == names.asked
    guard.close()
