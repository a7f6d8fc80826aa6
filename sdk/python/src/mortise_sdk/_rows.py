"""The users of a page, read from a vendor's answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._lenient import identifier, whole_number
from ._page import Row, UsersPage
from ._path import decode
from ._pointer import pointed

if TYPE_CHECKING:
    from ._request import Response

# A link value (RFC 8288 §3): its URL, and its parameters up to the next comma that is not in quotes.
_LINK = re.compile(r'<([^<>]*)>((?:[^",]+|"[^"]*"?)*)')
_RELATIONS = re.compile(r';\s*rel\s*=\s*"?([^";]*)', re.IGNORECASE)


class Rows:
    """The rows of an answer, from :meth:`Response.users_in` and its siblings, before the integration has said where the
    next page begins."""

    def __init__(self, response: Response, answer: Any, count: int, rows: list[Row]) -> None:
        self.count = count
        """The number of rows that the vendor gave."""
        self._response = response
        self._answer = answer
        self._rows = rows

    def text(self, pointer: str) -> str | None:
        """The text at a JSON pointer in the answer, or the digits of a number. ``None`` if there is no text, or an
        empty one."""
        value = pointed(self._answer, pointer)
        is_text = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        return identifier(value) if is_text else None

    def number(self, pointer: str) -> int | None:
        """The whole number from 0 at a JSON pointer in the answer, even if it is written as a text."""
        return whole_number(self.text(pointer) or "")

    def flag(self, pointer: str) -> bool:
        """Whether the answer has ``true`` at a JSON pointer."""
        return pointed(self._answer, pointer) is True

    def query_of(self, pointer: str, parameter: str) -> str | None:
        """The value of a query parameter in the URL at a JSON pointer in the answer, decoded once. Continue with the
        parameter, never with the URL, which could lead elsewhere."""
        return parameter_of(self.text(pointer) or "", parameter)

    def link(self, parameter: str) -> str | None:
        """The value of a query parameter in the URL of the ``link`` header whose relation is ``next`` (RFC 8288),
        decoded once."""
        return parameter_of(next_link(self.header("link") or "") or "", parameter)

    def header(self, name: str) -> str | None:
        """A header of the answer."""
        return self._response.header(name)

    def next(self, find: Callable[[Rows], str | int | None]) -> UsersPage:
        """The page, and where the next one begins, by the vendor's own sign. ``None``, ``False`` or an empty text: this
        was the last page. This is how most ``list_users`` end: ``next(lambda rows: rows.flag("/has_more") and
        page.number() + 1)``."""
        found = find(self)
        return UsersPage(self._rows, None if found is False else identifier(found))

    def last(self) -> UsersPage:
        """The only page of the list."""
        return UsersPage(self._rows)


def next_link(header: str) -> str | None:
    """The URL of the link whose relation is ``next``. Parameters may come in any order, quoted or not, with several
    relations in one."""
    for link in _LINK.finditer(header):
        if any("next" in relations.lower().split() for relations in _RELATIONS.findall(link[2])):
            return link[1]
    return None


def parameter_of(url: str, parameter: str) -> str | None:
    """The value of a query parameter of a URL, decoded once. ``None`` if it is empty."""
    query = url.partition("?")[2].partition("#")[0]
    pairs = (pair.partition("=") for pair in query.split("&"))
    found = (value for name, _, value in pairs if decode(name) == parameter)
    return decode(next(found, "")) or None
