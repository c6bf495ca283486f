"""What is wrong with a request, as alerts says it."""

from services.chassis.problems import Problem, ProblemError


def invalid(*, parameter: str, detail: str) -> ProblemError:
    """Say what is wrong with a query parameter."""
    return ProblemError(
        Problem(
            422,
            "invalid_parameter",
            "A parameter of the request is wrong",
            f"query parameter {parameter}: {detail}",
            pointer=f"/{parameter}",
            hint="See /openapi.json for the parameters of this address.",
        )
    )
