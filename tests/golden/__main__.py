"""Write the page of published numbers anew."""

from tests.golden.page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
