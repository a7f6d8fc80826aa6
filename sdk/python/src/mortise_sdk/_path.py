"""The address of a vendor request, with segments that cannot break out of it."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, unquote_to_bytes

from ._errors import InvalidInput


class Path:
    """A path below the first origin, or an absolute URL below any: ``Path("/team") / team / "users" / id``.

    What the author wrote to begin with is taken as it stands. Each ``/`` adds one segment, percent-encoded; one that is empty, ``.`` or
    ``..``, or that holds a slash, a backslash or a control character raises :class:`InvalidInput`.
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
    """Decodes what is percent-encoded, once; ``None`` where it is no UTF-8. A ``+`` stays one: cursors hold it."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeError:
        return None
