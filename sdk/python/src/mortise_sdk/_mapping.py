"""Helpers for the three states of a field, and for parts of a user that vendors know in another form.

A field of a request is missing, ``None`` or has a value. A helper returns ``ABSENT``, ``None`` or a value for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ._absent import ABSENT, Absent
from ._errors import InvalidInput, NotFound
from ._lenient import whole
from ._model import Email, Phone, Role, User

T = TypeVar("T")
U = TypeVar("U")

# Words behind a name and its comma that are not a first name, without dots.
_SUFFIXES = ("jr", "sr", "ii", "iii", "iv", "phd", "md", "esq")


def required(value: T | Absent | None, field: str) -> T:
    """The value, for a vendor that needs one. Raises :class:`InvalidInput` at ``field`` if there is none."""
    if value is ABSENT or value is None:
        raise InvalidInput("the vendor needs a value here", field=field)
    return value


def not_null(value: T | None, field: str) -> T:
    """The value as it is, ``ABSENT`` too, for a vendor that cannot clear it. Raises :class:`InvalidInput` at ``field``
    if it is ``None``."""
    if value is None:
        raise InvalidInput("the vendor cannot clear this", field=field)
    return value


def or_empty(value: T | None, empty: Any = "") -> T:
    """The value, with an empty one in place of ``None``, as many vendors clear a field."""
    return empty if value is None else value


def single(entries: Sequence[T] | Absent | None, field: str) -> T | Absent | None:
    """The one entry of a list. ``ABSENT`` if the list is empty, because an empty list does not ask to remove the
    present entry. Raises :class:`InvalidInput` at the second entry of ``field``."""

    def entry(entries: Sequence[T]) -> T | Absent:
        if len(entries) > 1:
            raise InvalidInput("the vendor takes one entry", field=f"{field}[1]")
        return entries[0] if entries else ABSENT

    return _of_value(entries, entry)


def primary_email(user: User) -> str | Absent | None:
    """The user's main address: the entry marked as primary, otherwise the first. ``ABSENT`` if the list is empty."""
    return _of_value(user.get("emails", ABSENT), lambda emails: _main(emails).get("email", ABSENT))


def other_emails(user: User) -> list[str] | Absent | None:
    """The addresses beside :func:`primary_email`, in their order."""

    def others(emails: list[Email]) -> list[str]:
        main = _main(emails)
        return [address for entry in emails if entry is not main and (address := entry.get("email")) is not None]

    return _of_value(user.get("emails", ABSENT), others)


def _main(emails: list[Email]) -> Email:
    """The entry marked as primary, by its flag or, without a flag, by its type; otherwise the first."""

    def is_primary(entry: Email) -> bool:
        flag = entry.get("is_primary")
        return entry.get("type") == "primary" if flag is None else flag

    return next(filter(is_primary, emails), emails[0] if emails else Email())


def names(user: User) -> tuple[str | Absent | None, str | Absent | None]:
    """First and last name, for vendors without a whole name. A part that the caller does not give comes from ``name``:
    ``Example, Ada`` is split at its comma, ``Ada Example`` at its last blank. A name of one word is a first name."""
    name = user.get("name", "")
    first, last = (None, None) if name is None else _split(name.strip())
    return user.get("first_name", first), user.get("last_name", last)


def _split(name: str) -> tuple[str | Absent, str | Absent]:
    """First and last name of a whole name."""
    before, behind = (part.strip() for part in name.partition(",")[::2])
    if not before:
        return _split(behind) if behind else (ABSENT, ABSENT)
    if not behind:
        return _at_last_blank(before)
    if behind.replace(".", "").lower() not in _SUFFIXES:
        return behind, before
    first, last = _at_last_blank(before)
    return first, ABSENT if last is ABSENT else f"{last}, {behind}"


def _at_last_blank(name: str) -> tuple[str, str | Absent]:
    first, *last = name.rsplit(None, 1)
    return first, last[0] if last else ABSENT


def full_name(user: User) -> str | Absent | None:
    """``name`` or, if it is missing or blank, first and last name with a space between them, without parts that are
    missing or blank."""
    name = user.get("name", "")
    if name is None or name.strip():
        return name
    given = [(part or "").strip() for part in (user.get("first_name"), user.get("last_name"))]
    return " ".join(filter(None, given)) or ABSENT


def role_words(user: User) -> list[str] | Absent | None:
    """The identifier of each role, or its name if it has no identifier. Raises :class:`InvalidInput` at a role with
    neither."""

    def word(index: int, role: Role) -> str:
        found = role.get("id")
        found = role.get("name") if found is None else found
        if found is None:
            raise InvalidInput("must have an id or a name", field=f"roles[{index}]")
        return found

    return _of_value(user.get("roles", ABSENT), lambda roles: [word(index, role) for index, role in enumerate(roles)])


def roles(value: Any) -> list[Role] | Absent:
    """The roles in a vendor's answer: one or a list of them, each an object with ``id`` (or ``_id``) and ``name``, a
    word or a number. A word alone is both identifier and name, and so is a name without an identifier. Skips anything
    that is not a role."""
    return _read_roles(value, lambda word: Role(id=word, name=word), lambda name: Role(id=name, name=name))


def roles_by_id(value: Any) -> list[Role] | Absent:
    """:func:`roles` for a vendor that knows them by identifier: a word or number alone is the identifier, and a name
    alone is not."""
    return _read_roles(value, lambda word: Role(id=word), lambda name: Role(name=name))


def _read_roles(value: Any, of_word: Callable[[str], Role], of_name: Callable[[str], Role]) -> list[Role] | Absent:
    if value is None or value is ABSENT:
        return ABSENT
    found: list[Role] = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            id, name = _word(entry.get("id")) or _word(entry.get("_id")), _word(entry.get("name"))
            if id:
                found.append(Role(id=id, name=name) if name else Role(id=id))
            else:
                found.append(of_name(name) if name else Role())
        elif word := _word(entry):
            found.append(of_word(word))
    return found


def _word(value: Any) -> str | None:
    """A word or a whole number as a text."""
    value = whole(value)
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return str(value) if is_number or (isinstance(value, str) and value) else None


def main_phone(user: User) -> Phone | Absent | None:
    """The phone for vendors with one phone and one mobile: the entry of the type ``phone``, otherwise the first without
    a type."""
    return _phone(user, "phone") or _phone(user, None)


def mobile_phone(user: User) -> Phone | Absent | None:
    """The entry of the type ``mobile``."""
    return _phone(user, "mobile")


def _phone(user: User, kind: str | None) -> Phone | Absent | None:
    """The first phone of a type, or without one."""

    def first(phones: list[Phone]) -> Phone | Absent:
        return next((phone for phone in phones if phone.get("type") == kind), ABSENT)

    return _of_value(user.get("phones", ABSENT), first)


def main_and_mobile(main: str | Absent | None, mobile: str | Absent | None) -> list[Phone]:
    """The phones of a user whose vendor has one phone and one mobile, as far as the vendor gave them. An empty number
    is no phone."""
    told = ((main, "phone"), (mobile, "mobile"))
    return [Phone(number=number, type=kind) for number, kind in told if number is not ABSENT and number]


def numeric_id(id: str) -> int:
    """The number of a caller's identifier, for vendors whose identifiers are numbers. Raises :class:`NotFound` if it is
    not a number: no user has that identifier."""
    if not re.fullmatch("0|[1-9][0-9]{0,19}", id) or (number := int(id)) >= 1 << 64:
        raise NotFound("the vendor knows users by number")
    return number


def _of_value(value: T | Absent | None, make: Callable[[T], U]) -> U | Absent | None:
    """The result of a function for a value. A missing value stays missing, and ``None`` stays ``None``."""
    return value if value is None or value is ABSENT else make(value)
