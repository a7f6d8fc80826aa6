"""The call being served."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from ._capabilities import Category, QueryParameter
from ._errors import Failure, InvalidInput
from ._model import User
from ._path import Path
from ._request import Request
from ._transport import Transport

T = TypeVar("T")


class Call:
    """The call being served: what the caller asked for, and the way to the vendor."""

    def __init__(self, category: Category, transport: Transport, *, writes: bool = True) -> None:
        self.category = category
        """The category that the caller uses. Most mappings do not need it."""
        self._transport = transport
        # Unless the operation writes, no request does, whatever its method: a search may be a POST.
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
        """A variable of the integrated account, or its declared default. ``None`` for a secret, always."""
        return self._transport.variable(name)

    def parameter(self, name: QueryParameter) -> Any:
        """A unified query parameter of the call; ``None`` when the caller left it out."""
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
        """Whether the mapped answer will be used. If not (formats ``raw`` and ``stream``), requests that only fill it can be left
        out. Always true in ``get_user``, whose answer alone says whether the user is there."""
        return self._transport.wants_user()

    @property
    def authentication_method(self) -> str | None:
        """The name by which an account's ``authentication_method`` chooses the way in which the host signs: the kind of its exchange where
        it has one, such as ``oauth2-refresh``, else that of the scheme, such as ``basic``. ``None`` where requests are not signed."""
        return self._transport.authentication_method()

    def read_back(self, read: Callable[[], T]) -> T | None:
        """Reads what a finished write did not answer with. ``None`` if the caller does not want the mapped user, and if it cannot be read:
        the write is done then, and the call must not tell otherwise. The log gets a line."""
        if not self.wants_user:
            return None
        try:
            return read()
        except Exception as error:
            self.warn(f"the write is done, but cannot be read back: {_described(error)}")
            return None

    def read_back_user(self, id: str, read: Callable[[], User | None]) -> User:
        """The whole user, where a write is answered with nothing of it: as :meth:`read_back`, under the identifier that is known."""
        user = self.read_back(read) or User()
        return user if user.get("id") is not None else {**user, "id": id}

    def ignore(self, field: str) -> None:
        """Says that a field of the request will not be written for this user, or in this call, although it is declared as writable: the
        caller reads its name in ``mortise-ignored-fields``. To be said before the first request that writes: the call of a strict
        caller ends here, with a 400."""
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
    """A failure as the log has it."""
    if not isinstance(error, Failure):
        return f"{type(error).__name__}: {error}"
    place = f" at {error.field}" if error.field else ""
    return f"{error.kind}{place}{': ' if error.message else ''}{error.message}"
