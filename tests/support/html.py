"""Looking into pages as a browser, a screen reader or a script does."""

from typing import Any

import lxml.html


class Page:
    """An HTML page that was read."""

    def __init__(self, text: str) -> None:
        """Parse it."""
        self.root: Any = lxml.html.fromstring(text)

    def select(self, xpath: str) -> list[Any]:
        """Give the elements or attributes of an XPath expression."""
        return list(self.root.xpath(xpath))

    def words(self, xpath: str = ".") -> str:
        """Give the text of what is selected, as it is read."""
        parts = [" ".join(str(found.text_content()).split()) for found in self.select(xpath)]
        return " | ".join(parts)
