"""The difference between a member that is missing and one that is null."""

from enum import Enum
from typing import Any, Final


class Absent(Enum):
    """The type of :data:`ABSENT`."""

    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT
"""A member that is not there. ``{"name": user.get("name", ABSENT)}`` has no ``name`` if the caller gave none."""


def present(value: Any) -> Any:
    """``value`` without the members and items that are :data:`ABSENT`."""
    if isinstance(value, dict):
        return {name: present(member) for name, member in value.items() if member is not ABSENT}
    if isinstance(value, (list, tuple)):
        return [present(item) for item in value if item is not ABSENT]
    return value
