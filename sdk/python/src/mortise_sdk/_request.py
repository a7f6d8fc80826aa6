"""One vendor request and its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ._absent import ABSENT, Absent, present
from ._errors import Failure, InternalError, Refused, VendorError
from ._page import Row
from ._path import Path, encode
from ._pointer import pointed
from ._rows import Rows
from ._said import is_failure, is_page, is_told
from ._transport import Answer, Outgoing, Transport

if TYPE_CHECKING:
    from ._model import User

Scalar = str | int | float | bool


class Request:
    """A vendor request that an integration builds, from :meth:`Call.get` and its siblings."""

    def __init__(self, transport: Transport, method: str, target: str | Path, *, writes: bool) -> None:
        self._transport = transport
        self._writes = writes
        self._draft = Outgoing(method, str(target))

    def query(self, name: str, value: Scalar | Absent | None) -> Request:
        """Adds a query parameter. The host encodes it. ``ABSENT`` and ``None`` add nothing."""
        if value is not ABSENT and value is not None:
            self._draft.query.append((name, _text(value)))
        return self

    def header(self, name: str, value: str) -> Request:
        """Adds a header. The host refuses headers that it sets itself: credentials, ``host``, ``content-length`` and
        the like."""
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
        """Marks the request that carries the call, one in each call. The host merges the caller's ``remote_query`` and
        ``remote_data`` into it, and the caller gets its answer as ``remote_data``, ``raw`` or ``stream``."""
        self._draft.primary = True
        return self

    def send(self) -> Response:
        """Sends the request and waits for an answer with a status of success. Raises a :class:`Failure`, which has the
        answer if there is one."""
        return self.send_any().success()

    def send_any(self) -> Response:
        """Sends the request and waits for an answer, whatever its status: for vendors whose statuses mean something to
        the mapping."""
        draft, wants_user = self._draft, self._transport.wants_user()
        return Response(self._transport.send(draft), wants_user, draft.primary, writes=self._writes)


class Response:
    """A vendor's answer."""

    def __init__(self, answer: Answer, wants_user: bool, primary: bool, *, writes: bool) -> None:
        self._answer = answer
        self._wants_user = wants_user
        self._primary = primary
        self._writes = writes
        self._body: bytes | None = None

    @property
    def status(self) -> int:
        """The HTTP status, 100 to 599."""
        return self._answer.status()

    @property
    def is_empty(self) -> bool:
        """Whether the answer has no body."""
        return not self.bytes().strip()

    def header(self, name: str) -> str | None:
        """One header, if the host passes it on."""
        return self._answer.header(name.lower())

    def success(self) -> Response:
        """The answer itself. Raises :class:`VendorError` on an error status. Raises :class:`InternalError` on any other
        status but 2xx, and for a page for people, such as the sign-in page of a server in front of the vendor's API:
        after a write the outcome is unknown then."""
        failure = self._failure()
        if failure is not None:
            failure.response = self
            raise failure
        return self

    def _failure(self) -> Failure | None:
        """The failure for the status, or for a page for people."""
        status = self.status
        if status >= 400:
            return VendorError()
        if not 200 <= status <= 299:
            return InternalError(f"the vendor answered with the unexpected status {status}")
        if self._is_page():
            return InternalError(
                "the outcome is unknown: the vendor answered the write with a page for people; look there before trying again"
                if self._writes
                else "the vendor answered with a page for people"
            )
        return None

    def _is_page(self) -> bool:
        try:
            return is_page(self.header("content-type"), self.bytes())
        except Failure:
            # The host gives the body to the caller, and may pass on more than an integration can read.
            if self._wants_user:
                raise
            return False

    def refused_if(self, failed: Callable[[Any], bool]) -> Response:
        """The answer itself. Raises :class:`Refused` if ``failed`` finds in its JSON that the vendor did not do what it
        was asked to, whatever the status is: ``send().refused_if(lambda answer: answer["success"] is False)``. Use it
        for vendors that are known to answer so. For others the usual signs are enough (:meth:`user`)."""
        try:
            answer = self._parsed()
        except ValueError:
            return self
        if failed(answer):
            raise Refused()
        return self

    def user(self, read: Callable[[Any], User]) -> User | None:
        """Reads the vendor's record and maps it. ``None`` if the caller does not want the mapped user, and if the
        vendor's answer is empty. This is how most operations end.

        Raises :class:`Refused` if the answer has no user, but has one of the usual signs of an error (``error``,
        ``errors``, ``"success": false``, ``"status": "error"``). Raises :class:`InternalError` if it has neither: a
        user has ``id``, ``external_id``, ``username`` or an address.
        """
        if self._wants_user:
            return None if self.is_empty else self.record(read)
        try:
            self.record(read)
        except Refused:
            # The host gives the body to the caller. A sign of an error in it is a failure all the same; apart from
            # that, it may be anything.
            raise
        except Failure:
            pass
        return None

    def record(self, read: Callable[[Any], User]) -> User:
        """:meth:`user`, even if the caller does not want it: for mappings that need the record to continue."""
        return self._mapped(self.json(), read)

    def users(self, read: Callable[[Any], User]) -> Rows:
        """The users of an answer that is a list of them, each mapped. Raises as :meth:`record`, and names the row. If
        the caller does not want the mapped users (formats ``raw`` and ``stream``), it does not map the rows."""
        return self.users_below("", "", read)

    def users_in(self, place: str, read: Callable[[Any], User]) -> Rows:
        """:meth:`users` in a list inside the answer: the name of the member, or a JSON pointer (RFC 6901): ``data`` for
        ``{"data": […], "meta": {…}}``, ``/data/users``."""
        return self.users_below(place if place.startswith("/") else f"/{place}", "", read)

    def users_below(self, place: str, inner: str, read: Callable[[Any], User]) -> Rows:
        """:meth:`users` below each entry of a list, as in GraphQL: ``users_below("/data/users/edges", "/node",
        read)``."""
        answer = self.json()
        entries = pointed(answer, place)
        if not isinstance(entries, list):
            raise self._unreadable(f"there is no list at `{place}`")
        rows = []
        for index, entry in enumerate(entries if self._wants_user else []):
            source = f"{place}/{index}{inner}"
            rows.append(Row(self._mapped(pointed(entry, inner), read, f"`{source}`: "), source))
        return Rows(self, answer, len(entries), rows)

    def _mapped(self, record: Any, read: Callable[[Any], User], place: str = "") -> User:
        """The user that ``read`` makes of a record. A failure names the record by ``place``."""
        try:
            user = read(record)
        except Failure:
            raise
        except Exception as error:
            raise self._unreadable(f"{place}it is not what the integration expects") from error
        if not is_told(user):
            raise self._unreadable(f"{place}it does not identify a user")
        return user

    def empty(self) -> None:
        """Waits for the end of an answer without anything to map, such as most answers to deletions. Raises
        :class:`Refused` if it has one of the usual signs of an error."""
        try:
            answer = self._parsed()
        except ValueError:
            return
        if is_failure(answer):
            raise Refused()

    def json(self) -> Any:
        """Reads the body as JSON in the vendor's own words. Raises :class:`InternalError` if it is something else."""
        try:
            return self._parsed()
        except ValueError:
            raise self._unreadable("it is not JSON") from None

    def _parsed(self) -> Any:
        return json.loads(self.bytes())

    def _unreadable(self, why: str) -> Failure:
        """The failure for a body that cannot be read. A vendor with a status of success has done the write, and a
        caller who does not know that would repeat it."""
        try:
            if is_failure(self._parsed()):
                return Refused()
        except ValueError:
            pass
        is_done = self._primary and self._writes and 200 <= self.status <= 299
        what = "the write is done, but the vendor's answer cannot be read" if is_done else "cannot read the vendor's answer"
        return InternalError(f"{what}: {why}")

    def text(self) -> str:
        """Reads the body as text."""
        return self.bytes().decode(errors="replace")

    def bytes(self) -> bytes:
        """Reads the body as it came, decompressed: at most 4 MiB, or at most 16 MiB for the primary answer of a
        list."""
        if self._body is None:
            self._body = self._answer.body()
        return self._body


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
