"""What is shown of an address: where it leads, never who one is there."""

import re
from typing import Final

HIDDEN: Final = "••••"
_PERSON: Final = re.compile(r"(?<=://).*@", re.DOTALL)
"""Up to the last `@`: a password that nobody escaped may hold `/`, `@`, `?` and `://` itself."""
_OPTION: Final = re.compile(
    r"(?<=[?&;])([^=&;]*(?:password|passwd|secret|token|properties)[^=&;]*=)[^&;]+", re.IGNORECASE
)
"""An option of a connection string that holds a secret, such as `tlsCertificateKeyFilePassword`."""


def masked_address(address: str) -> str:
    """Hide who one is at an address, and what is secret among its options.

    Where it cannot be told how far a password goes, too much is hidden.
    """
    if "://" not in address:
        return address
    return _OPTION.sub(rf"\g<1>{HIDDEN}", _PERSON.sub(f"{HIDDEN}@", address))
