"""Why MongoDB does not let us in, in plain words and without a secret."""

from typing import Final

from pymongo.errors import OperationFailure, PyMongoError

AUTHENTICATION_FAILED: Final = 18
UNAUTHORIZED: Final = 13
_REFUSED: Final = {
    AUTHENTICATION_FAILED: "authentication failed: our user or its password is not known",
    UNAUTHORIZED: "our user may not do that, or we named none (USER and PASSWORD_FILE)",
}
# What the driver says of servers that it cannot select; the first that is found.
_UNREACHED: Final = (
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted; see CA_FILE"),
    ("SSL handshake failed", "it does not speak TLS as we do, or wants a certificate of us"),
    ("[SSL", "it does not speak TLS as we do, or wants a certificate of us"),
    ("onnection refused", "nobody listens there"),
    ("onnection closed", "it ended the connection; does it want TLS? (CA_FILE)"),
    ("onnection reset", "it ended the connection; does it want TLS? (CA_FILE)"),
)


def in_words(error: PyMongoError) -> str:
    """Say what keeps us out; the kind of the error where nothing plainer is known."""
    kind = type(error).__name__
    if isinstance(error, OperationFailure):
        return _REFUSED.get(error.code or 0, kind)
    said = str(error)
    return next((f"{words} ({kind})" for sign, words in _UNREACHED if sign in said), kind)
