"""The call that an integration serves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from ._errors import Failure, InvalidInput
from ._model import User
from ._path import Path
from ._request import Request
from ._transport import Transport
from ._words import Category, QueryParameter

T = TypeVar("T")


class Call:
    """The call that an integration serves: the caller's parameters, and requests to the vendor."""

    def __init__(self, category: Category, transport: Transport, *, writes: bool = True) -> None:
        self.category = category
        """The category that the caller uses. Most mappings do not need it."""
        self._transport = transport
        # Requests of an operation that does not write count as reads, whatever their methods are: a search may be a
        # POST.
        self._writes = writes

    def get(self, path: str | Path) -> Request:
        """Begins a ``GET``."""
        return self._request("GET", path)

    def post(self, path: str | Path) -> Request:
        """Begins a ``POST``."""
        return self._request("POST", path)

    def put(self, path: str | Path) -> Request:
        """Begins a ``PUT``."""
        return self._request("PUT", path)

    def patch(self, path: str | Path) -> Request:
        """Begins a ``PATCH``."""
        return self._request("PATCH", path)

    def delete(self, path: str | Path) -> Request:
        """Begins a ``DELETE``."""
        return self._request("DELETE", path)

    def _request(self, method: str, path: str | Path) -> Request:
        return Request(self._transport, method, path, writes=self._writes and method != "GET")

    def variable(self, name: str) -> str | None:
        """A variable of the integrated account, or its declared default. Always ``None`` for a secret."""
        return self._transport.variable(name)

    def parameter(self, name: QueryParameter) -> Any:
        """A unified query parameter of the call. ``None`` if the caller left it out."""
        text = self._transport.parameter(name)
        return None if text is None else json.loads(text)

    def required_parameter(self, name: QueryParameter) -> Any:
        """A unified query parameter that the capabilities declare as required. Raises :class:`InvalidInput` if it is missing."""
        value = self.parameter(name)
        if value is None:
            raise InvalidInput("is required", field=name)
        return value

    @property
    def wants_user(self) -> bool:
        """Whether the host will use the mapped answer. If not (formats ``raw`` and ``stream``), leave out requests that
        only fill it. Always true in ``get_user``, because only the answer says whether the vendor has the user."""
        return self._transport.wants_user()

    @property
    def authentication_method(self) -> str | None:
        """The name of the scheme that signs, as an account's ``authentication_method`` spells it: the kind of the
        scheme's exchange if it has one, such as ``oauth2-refresh``, else the scheme's own kind, such as ``basic``.
        ``None`` if the host does not sign the requests."""
        return self._transport.authentication_method()

    def read_back(self, read: Callable[[], T]) -> T | None:
        """Reads a record, or a part of it, if a finished write did not answer with it. ``None`` if the caller does not
        want the mapped user, and if the read fails: the write is done by then, so the call must not fail. The log gets
        a line."""
        if not self.wants_user:
            return None
        try:
            return read()
        except Exception as error:
            self.warn(f"the write is done, but cannot be read back: {_described(error)}")
            return None

    def read_back_user(self, id: str, read: Callable[[], User | None]) -> User:
        """The whole user, for a vendor that answers a write with nothing of it: as :meth:`read_back`, with the known
        identifier."""
        user = self.read_back(read) or User()
        return user if user.get("id") is not None else {**user, "id": id}

    def ignore(self, field: str) -> None:
        """Says that this call will not write a field of the request that is declared as writable. The caller reads its
        name in ``mortise-ignored-fields``. Call it before the first request that writes: a strict caller then gets a
        400, and nothing is written."""
        self._transport.ignore(field)

    def debug(self, message: str) -> None:
        """Logs a detail for authors. No personal data in any of these; at most 64 lines and 16 KiB in a call."""
        self._transport.log("debug", message)

    def info(self, message: str) -> None:
        """Logs something that operators may want to know."""
        self._transport.log("info", message)

    def warn(self, message: str) -> None:
        """Logs something odd that the mapping could live with."""
        self._transport.log("warn", message)

    def error(self, message: str) -> None:
        """Logs a fault."""
        self._transport.log("error", message)


def _described(error: Exception) -> str:
    """A failure as a line of the log."""
    if not isinstance(error, Failure):
        return f"{type(error).__name__}: {error}"
    place = f" at {error.field}" if error.field else ""
    return f"{error.kind}{place}{': ' if error.message else ''}{error.message}"
