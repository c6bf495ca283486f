"""Names of the organisations that one paper is about, and its jurisdiction's currency."""

from collections.abc import Iterable

from services.chassis.mongo import Mongo
from services.reporting.domain.form import Names


class Naming:
    """Looks names up by code, as they are registered now."""

    def __init__(self, mongo: Mongo) -> None:
        """Read the collections that the consumer of `assessments` keeps."""
        self._organisations = mongo.db["organisations"]
        self._jurisdictions = mongo.db["jurisdictions"]

    async def names(self, jurisdiction: str, codes: Iterable[str | None]) -> Names:
        """Name these organisations."""
        wanted = [{"j": jurisdiction, "o": code} for code in sorted({c for c in codes if c})]
        by_code: dict[str, str] = {}
        if wanted:
            found = self._organisations.find({"_id": {"$in": wanted}}, {"name": 1})
            by_code = {document["_id"]["o"]: document["name"] async for document in found}
        registered = await self._jurisdictions.find_one({"_id": jurisdiction}, {"currency": 1})
        return Names(by_code, registered["currency"] if registered else "CNY")
