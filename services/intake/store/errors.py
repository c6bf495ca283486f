"""What the store's and the broker's absence looks like to the rooms above."""

from typing import Final

from pymongo.errors import PyMongoError

from services.chassis.publisher import PublishError

AWAY: Final = (PyMongoError, PublishError)
"""MongoDB or Kafka does not answer now; the request may be sent again."""
