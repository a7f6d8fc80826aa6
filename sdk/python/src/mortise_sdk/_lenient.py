"""Values that vendors write in more than one way."""

from __future__ import annotations

import re
from typing import Any

from ._absent import ABSENT, Absent


def text(value: str | Absent | None) -> str | Absent:
    """A vendor's text. ``ABSENT`` for nothing, and for an empty text. Raises ``ValueError`` for other types."""
    if value is None or value is ABSENT or value == "":
        return ABSENT
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value


def identifier(value: str | int | float | None) -> str | None:
    """A vendor's identifier as text, whether it is a text or a number. ``None`` for nothing."""
    return None if value is None or value == "" else str(whole(value))


def whole_number(text: str) -> int | None:
    """The digits of a whole number from 0, at most 20 of them. ``None`` for anything else."""
    return int(text) if re.fullmatch("[0-9]{1,20}", text) else None


def flag(value: Any) -> bool | None:
    """A boolean that a vendor writes as ``true``, 1, ``"true"``, ``"1"`` or ``"yes"``, or their opposites. ``None`` for
    nothing. Raises ``ValueError`` for other values."""
    if value is None:
        return None
    word = str(whole(value)).strip().lower()
    if word in ("true", "1", "yes"):
        return True
    if word in ("false", "0", "no"):
        return False
    raise ValueError("must be true or false")


def whole(value: Any) -> Any:
    """7.0 as 7, as identifiers are written."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
