"""Failures in the words of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._request import Response
    from ._words import FailureKind


class Failure(Exception):
    """A failure that the host turns into an HTTP error for the caller. Any other exception counts as ``internal``.

    ``message`` is one sentence for the caller, lower case, without secrets. ``field`` names the field of the canonical
    user at fault, such as ``emails[0].email``; the caller reads its name in the category.
    """

    def __init__(self, kind: FailureKind, message: str = "", *, field: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.field = field
        self.response: Response | None = None
        """The vendor's answer, if :meth:`Request.send` or :meth:`Response.success` raised this: its status, headers and
        body."""


@contextmanager
def after(done: str) -> Iterator[None]:
    """If the code in this context fails, the failure says what the call had already done before, so that the caller knows.
    Kind and field stay.

    with after(f"user {id} was created, but not put into group {group}"):
        call.put(…).send()
    """
    try:
        yield
    except Failure as failure:
        failure.message = f"{done}: {failure.message}" if failure.message else done
        raise
    except Exception as error:
        raise InternalError(f"{done}: the integration failed: {type(error).__name__}: {error}") from error


class InvalidInput(Failure):
    """The caller sent something that this vendor cannot take: 400."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__("invalid-input", message, field=field)


class NotFound(Failure):
    """The vendor has no such record, although it did not say so with a status: 404."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__("not-found", message, field=field)


class Unsupported(Failure):
    """The vendor cannot do what the caller asked for: 501."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__("unsupported", message, field=field)


class VendorError(Failure):
    """The vendor's answer says that it failed. Without a message the host takes it from the vendor's body."""

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        super().__init__("vendor", message, field=field)


class Refused(Failure):
    """The vendor's latest answer has a status of success, but its body says that the vendor did not do what it was
    asked to: 422. Without a message the host takes it from that body. :meth:`Response.refused_if` raises it."""

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        super().__init__("refused", message, field=field)


class InvalidCursor(Failure):
    """The vendor does not take the cursor of a list, because the cursor has expired or the vendor never gave it out:
    400."""

    def __init__(self, message: str = "", *, field: str | None = None) -> None:
        super().__init__("invalid-cursor", message, field=field)


class InternalError(Failure):
    """The integration met something that it cannot explain: 502."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__("internal", message, field=field)
