"""Pages that a test asks for, and checks that hold for every page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ._capabilities import Capabilities, query_support
from ._page import Filter, Page, Row
from ._pointer import pointed


def parse_filters(written: Mapping[str, str]) -> list[Filter]:
    """Filters from the names of query parameters."""
    return [_filter(name, value) for name, value in written.items()]


def _filter(name: str, value: str) -> Filter:
    found = re.fullmatch(r"(\w+)(?:\[(\w+)\])?", name)
    assert found, f"`{name}` is not a filter"
    operator: Any = found[2] or "eq"
    return Filter(found[1], operator, value)


def check_asked(page: Page, capabilities: Capabilities, category: str) -> None:
    """Checks that the page holds only filters and orders that the integration declares. The host would refuse
    others."""
    wanted = (category, "list-users")
    support = next((known for known in capabilities.operations if (known.category, known.operation) == wanted), None)
    assert support and support.listing, f"the integration does not declare how it lists in {category}"
    least, most = support.listing.least, support.listing.most
    assert least <= page.size <= most, f"a page has {least} to {most} rows, not {page.size}"
    names = [entry.field if entry.operator == "eq" else f"{entry.field}[{entry.operator}]" for entry in page.filters]
    declared = {field.field for field in query_support(support)}
    for name in names if page.sort is None else [*names, f"sort_by[{page.sort.field}]"]:
        assert name in declared, f"`{name}` is not declared"


def check_rows(rows: list[Row], primary: Any) -> None:
    """Checks that every row has its own identifier, and its own place in the primary answer."""
    ids, places = set(), set()
    for row in rows:
        id = row.user.get("id")
        assert id, f"a row has no `id`: {row.user}"
        assert id not in ids, f"two rows have the `id` {id}"
        ids.add(id)
        if row.source:
            assert pointed(primary, row.source) is not None, f"`{row.source}` leads to nothing in the primary answer"
            assert row.source not in places, f"two rows stand at `{row.source}`"
            places.add(row.source)
