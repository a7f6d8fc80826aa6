"""A page of users: the request and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._errors import InvalidCursor
from ._lenient import whole_number

if TYPE_CHECKING:
    from ._model import User
    from ._words import Operator


@dataclass(frozen=True)
class Filter:
    """A filter that users must match. The host checks it again on every row."""

    field: str
    """The field, such as ``email`` or ``created_at``."""
    operator: Operator
    """How the field compares with the value."""
    value: str
    """The value to compare with: text; ``true`` or ``false``; a time of RFC 3339 in UTC."""


@dataclass(frozen=True)
class Sort:
    """The order that the caller wants."""

    field: str
    """The field, such as ``name``."""
    descending: bool = False
    """Whether the order is descending."""


@dataclass(frozen=True)
class Page:
    """The page that the host asks :meth:`Integration.list_users` for. It holds only declared filters and orders."""

    size: int
    """The number of rows, between the declared least and most."""
    cursor: str | None = None
    """Where the page begins, in the integration's own text. ``None``: the first page."""
    filters: Sequence[Filter] = ()
    """The filters; users must match all of them."""
    sort: Sort | None = None
    """The order that the caller wants."""

    def number(self) -> int:
        """The page's number, for vendors that count pages from 1. Raises :class:`InvalidCursor` if the cursor is not a
        number."""
        return self._counted(1)

    def offset(self) -> int:
        """The number of rows before the page, for vendors that skip rows. Raises :class:`InvalidCursor` if the cursor
        is not a number."""
        return self._counted(0)

    def _counted(self, first: int) -> int:
        if self.cursor is None:
            return first
        number = whole_number(self.cursor)
        if number is None:
            raise InvalidCursor()
        return number

    def filter(self, field: str) -> str | None:
        """The value that users must have in ``field``, if the caller filters by it."""
        return self._value(field, "eq")

    def bound(self, field: str, operator: Operator) -> str | None:
        """The value that the caller compares ``field`` with by ``operator``, such as the bound of a time."""
        return self._value(field, operator)

    def _value(self, field: str, operator: str) -> str | None:
        found = (entry.value for entry in self.filters if (entry.field, entry.operator) == (field, operator))
        return next(found, None)


@dataclass
class Row:
    """One user of a page."""

    user: User
    """The user, with an identifier."""
    source: str = ""
    """The place of the user's own text in the primary answer: a JSON pointer, such as ``/data/3``. Empty: it has none
    there."""


@dataclass
class UsersPage:
    """A page of users, from :meth:`Rows.next`."""

    rows: list[Row]
    """The users in the vendor's order, at most 10,000."""
    next: str | None = None
    """Where the next page begins, in at most 4,096 bytes. ``None``: this was the last page."""
    partial: bool = False
    """Whether the rows hold less than declared, because a request that should complete them failed."""
