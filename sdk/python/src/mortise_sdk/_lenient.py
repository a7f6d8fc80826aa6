"""What vendors write in more than one way."""

from __future__ import annotations

import re
from typing import Any

from ._absent import ABSENT, Absent


def text(value: str | Absent | None) -> str | Absent:
    """A text of a vendor; ``ABSENT`` for nothing, and for an empty text. Raises ``ValueError`` for others."""
    if value is None or value is ABSENT or value == "":
        return ABSENT
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value


def identifier(value: str | int | float | None) -> str | None:
    """An identifier of a vendor as text, whether it is written as a text or a number; ``None`` for nothing."""
    return None if value is None or value == "" else str(whole(value))


def whole_number(text: str) -> int | None:
    """A whole number from 0 as its digits, at most 20 of them; ``None`` for anything else."""
    return int(text) if re.fullmatch("[0-9]{1,20}", text) else None


def flag(value: Any) -> bool | None:
    """A boolean that a vendor writes as ``true``, 1, ``"true"``, ``"1"`` or ``"yes"``, or their counterparts; ``None`` for nothing.
    Raises ``ValueError`` for others."""
    if value is None:
        return None
    word = str(whole(value)).strip().lower()
    if word in ("true", "1", "yes"):
        return True
    if word in ("false", "0", "no"):
        return False
    raise ValueError("must be true or false")


def whole(value: Any) -> Any:
    """7.0 as 7, which is how it is written."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
