"""One vendor request and its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ._absent import ABSENT, Absent, present
from ._errors import InternalError, VendorError
from ._path import Path, encode
from ._transport import Answer, Outgoing, Transport

if TYPE_CHECKING:
    from ._model import User

Scalar = str | int | float | bool


class Request:
    """A vendor request being written, from :meth:`Call.get` and its siblings."""

    def __init__(self, transport: Transport, method: str, target: str | Path) -> None:
        self._transport = transport
        self._draft = Outgoing(method, str(target))

    def query(self, name: str, value: Scalar | Absent) -> Request:
        """Adds a query parameter; the host encodes it. ``ABSENT`` adds nothing."""
        if value is not ABSENT:
            self._draft.query.append((name, _text(value)))
        return self

    def header(self, name: str, value: str) -> Request:
        """Adds a header. The host refuses those that it sets itself: credentials, ``host``, ``content-length`` and the like."""
        self._draft.headers.append((name, value))
        return self

    def json(self, body: Any) -> Request:
        """Sets a JSON body (``content-type: application/json``). Members that are ``ABSENT`` are left out."""
        return self._body("application/json", json.dumps(present(body), ensure_ascii=False, separators=(",", ":")))

    def form(self, fields: Mapping[str, Scalar | Absent]) -> Request:
        """Sets a form body (``content-type: application/x-www-form-urlencoded``). Members that are ``ABSENT`` are left out."""
        given = [f"{encode(name)}={encode(_text(value))}" for name, value in fields.items() if value is not ABSENT]
        return self._body("application/x-www-form-urlencoded", "&".join(given))

    def _body(self, content_type: str, text: str) -> Request:
        self._draft.headers.append(("content-type", content_type))
        self._draft.body = text.encode()
        return self

    def primary(self) -> Request:
        """Marks the request that carries the call, one in each call: the caller's ``remote_query`` and ``remote_data`` are merged
        into it, and its answer is what the caller gets as ``remote_data``, ``raw`` or ``stream``."""
        self._draft.primary = True
        return self

    def send(self) -> Response:
        """Sends it and waits for an answer with a success status. Raises :class:`Failure`."""
        return self.send_any().success()

    def send_any(self) -> Response:
        """Sends it and waits for an answer, whatever its status: for vendors whose statuses mean something to the mapping."""
        return Response(self._transport.send(self._draft), self._transport.wants_user(), self._draft.primary)


class Response:
    """A vendor's answer."""

    def __init__(self, answer: Answer, wants_user: bool, primary: bool) -> None:
        self._answer = answer
        self._wants_user = wants_user
        self._primary = primary

    @property
    def status(self) -> int:
        """The HTTP status, 100 to 599."""
        return self._answer.status()

    def header(self, name: str) -> str | None:
        """One header, where the host lets it through."""
        return self._answer.header(name.lower())

    def success(self) -> Response:
        """The answer itself; raises :class:`VendorError` on an error status, :class:`InternalError` on any other but 2xx."""
        status = self.status
        if status >= 400:
            raise VendorError()
        if not 200 <= status <= 299:
            raise InternalError(f"the vendor answered with the unexpected status {status}")
        return self

    def user(self, read: Callable[[Any], User]) -> User | None:
        """Reads the vendor's record and maps it, or leaves it unread where the caller does not want the mapped user. None where
        the vendor answers with nothing. The usual end of an operation."""
        if not self._wants_user:
            return None
        body = self.bytes()
        return read(self._parsed(body)) if body.strip() else None

    def json(self) -> Any:
        """Reads the body as JSON in the vendor's own words; raises :class:`InternalError` where it is something else."""
        return self._parsed(self.bytes())

    def _parsed(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except ValueError as error:
            # A caller that does not know of a finished write would ask for it again.
            is_done = self._primary and 200 <= self.status <= 299
            what = "the write is done, but the vendor's answer cannot be read" if is_done else "cannot read the vendor's answer"
            raise InternalError(f"{what}: it is not JSON") from error

    def text(self) -> str:
        """Reads the body as text."""
        return self.bytes().decode(errors="replace")

    def bytes(self) -> bytes:
        """Reads the body as it came, decompressed, at most 4 MiB."""
        return self._answer.body()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
