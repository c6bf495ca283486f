"""Tables that a finance person can read, as rows that a test can use."""


def rows(text: str) -> list[dict[str, str]]:
    """Read a table: a line of names, a line of dashes, then a line per row; cells are text."""
    lines = [line.strip().strip("|") for line in text.strip().splitlines()]
    names, dashes, *body = ([cell.strip() for cell in line.split("|")] for line in lines)
    if any(cell.strip("-") for cell in dashes) or any(len(row) != len(names) for row in body):
        msg = "a table has a line of names, a line of dashes, and as many cells in every row"
        raise ValueError(msg)
    return [dict(zip(names, row, strict=True)) for row in body]
