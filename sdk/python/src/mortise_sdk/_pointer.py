"""JSON pointers (RFC 6901)."""

from __future__ import annotations

import re
from typing import Any


def pointed(value: Any, pointer: str) -> Any:
    """The value at a pointer. ``None`` if there is none."""
    before, *tokens = pointer.split("/")
    if before:
        return None
    for token in tokens:
        value = _member(value, token.replace("~1", "/").replace("~0", "~"))
    return value


def _member(value: Any, name: str) -> Any:
    if isinstance(value, list):
        index = int(name) if re.fullmatch("0|[1-9][0-9]{0,9}", name) else len(value)
        return value[index] if index < len(value) else None
    return value.get(name) if isinstance(value, dict) else None
