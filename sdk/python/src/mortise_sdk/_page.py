"""A page of users: what is asked for, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ._errors import InvalidCursor
from ._lenient import whole_number

if TYPE_CHECKING:
    from ._model import User

Bound = Literal["gt", "gte", "lt", "lte"]
"""How a bound compares."""


@dataclass(frozen=True)
class Filter:
    """What users must fulfil. The host checks it again on every row."""

    field: str
    """The field: ``email``, ``created_at``."""
    operator: Literal["eq"] | Bound
    """How it is compared."""
    value: str
    """Text; ``true`` or ``false``; a time of RFC 3339 in UTC."""


@dataclass(frozen=True)
class Sort:
    """The order that the caller wants."""

    field: str
    """The field: ``name``."""
    descending: bool = False
    """Whether the last comes first."""


@dataclass(frozen=True)
class Page:
    """What is asked of :meth:`Integration.list_users`. Only what was declared arrives."""

    size: int
    """How many rows, between the declared least and most."""
    cursor: str | None = None
    """Where the page begins, in the integration's own text; ``None`` for the first page."""
    filters: Sequence[Filter] = ()
    """What users must fulfil, all of it."""
    sort: Sort | None = None
    """The order that the caller wants."""

    def number(self) -> int:
        """The page's number, for vendors that count pages from 1. Raises :class:`InvalidCursor` if the cursor is no number."""
        return self._counted(1)

    def offset(self) -> int:
        """Rows before the page, for vendors that skip rows. Raises :class:`InvalidCursor` if the cursor is no number."""
        return self._counted(0)

    def _counted(self, first: int) -> int:
        if self.cursor is None:
            return first
        number = whole_number(self.cursor)
        if number is None:
            raise InvalidCursor()
        return number

    def filter(self, field: str) -> str | None:
        """The value that users must have in ``field``."""
        return self._value(field, "eq")

    def bound(self, field: str, operator: Bound) -> str | None:
        """The bound of ``field`` by ``operator``."""
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
    """Where its own text stands in the primary answer: a JSON pointer, such as ``/data/3``. Empty: it has none there."""


@dataclass
class UsersPage:
    """A page of users, from :meth:`Rows.next`."""

    rows: list[Row]
    """The users in the vendor's order, at most 10,000."""
    next: str | None = None
    """Where the next page begins, in at most 4,096 bytes; ``None``: this was the last one."""
    partial: bool = False
    """Whether the rows hold less than was declared, because a request that should complete them failed."""
