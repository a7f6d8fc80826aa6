"""The address of a vendor request. A caller's identifier cannot become more than one segment."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, unquote_to_bytes

from ._errors import InvalidInput


class Path:
    """A path below the first origin, or an absolute URL below any: ``Path("/team") / team / "users" / id``.

    The author's own text stays as it is. Each ``/`` adds one segment, percent-encoded. It raises :class:`InvalidInput`
    if the segment is empty, ``.`` or ``..``, or holds a slash, a backslash or a control character.
    """

    def __init__(self, start: str) -> None:
        self._text = start

    def __truediv__(self, segment: str | int) -> Path:
        text = str(segment)
        control = any(unicodedata.category(character) == "Cc" for character in text)
        if text in ("", ".", "..") or "/" in text or "\\" in text or control:
            raise InvalidInput(f"{text!r} is not an identifier")
        return Path(f"{self._text}/{encode(text)}")

    def __str__(self) -> str:
        return self._text


def encode(text: str) -> str:
    """Encodes everything but RFC 3986's unreserved characters."""
    return quote(text, safe="")


def decode(text: str) -> str | None:
    """Decodes percent-encoding once. ``None`` if the result is not UTF-8. A ``+`` stays a ``+``, because cursors hold
    it."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeError:
        return None
