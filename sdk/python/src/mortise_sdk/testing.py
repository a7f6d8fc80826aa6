"""A scripted vendor, so that ``python -m unittest`` needs neither a host nor WebAssembly."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._absent import ABSENT, present
from ._call import Call
from ._integration import Integration
from ._mock_page import check_asked, check_rows, parse_filters
from ._model import User
from ._page import Page, Sort, UsersPage
from ._transport import Answer, Outgoing
from ._words import Category


@dataclass
class _Exchange:
    method: str
    target: str
    query: Mapping[str, str] | None
    body: Any
    form: str | None
    status: int
    headers: Mapping[str, str]
    answer: Any


@dataclass
class Listed:
    """A page of users."""

    rows: list[User]
    """The users."""
    next: str | None
    """Where the next page begins."""
    partial: bool
    """Whether the rows hold less than declared."""


@dataclass
class MockVendor:
    """A vendor that expects requests in an order. A request that is not the next of the script raises
    ``AssertionError``, and so does a script with requests that were not sent."""

    category: Category = "user-directory"
    """The category of the call."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables of the account. Do not set secrets: no integration sees one."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Unified query parameters."""
    wants_user: bool = True
    """``False`` for a call of the format ``raw`` or ``stream``."""
    authentication_method: str | None = None
    """How the account authenticates, such as ``oauth2-refresh``."""
    requests: list[Outgoing] = field(default_factory=list, init=False)
    """The requests of the latest call."""
    logs: list[tuple[str, str]] = field(default_factory=list, init=False)
    """The log lines of the latest call, as level and message."""
    ignored: list[str] = field(default_factory=list, init=False)
    """The fields that the latest call named in :meth:`Call.ignore`."""
    _exchanges: list[_Exchange] = field(default_factory=list, init=False)

    def on(
        self,
        method: str,
        target: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = ABSENT,
        form: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        answer: Any = ABSENT,
    ) -> MockVendor:
        """Adds the next request with its answer. ``query`` must be exactly the request's, ``body`` its JSON and
        ``form`` its bytes; what is not given may be anything. The answer is JSON; a string is sent as it is."""
        self._exchanges.append(_Exchange(method, target, query, body, form, status, headers or {}, answer))
        return self

    def create_user(self, integration: Integration[Any], user: Mapping[str, Any]) -> User | None:
        """Creates a user; ``user`` is the canonical one. Raises what the integration raises."""
        return self._user(lambda call: integration.create_user(call, copy.deepcopy(user)))

    def update_user(self, integration: Integration[Any], id: str, user: Mapping[str, Any]) -> User | None:
        """Updates the user ``id``; ``user`` is the canonical one. Raises what the integration raises."""
        return self._user(lambda call: integration.update_user(call, id, copy.deepcopy(user)))

    def get_user(self, integration: Integration, id: str) -> User | None:
        """Reads the user ``id``. Raises what the integration raises."""
        return self._user(lambda call: integration.get_user(call, id), writes=False)

    def list_users(
        self,
        integration: Integration,
        *,
        size: int,
        cursor: str | None = None,
        filters: Mapping[str, str] | None = None,
        sort: Sort | None = None,
    ) -> Listed:
        """Reads a page of users. ``filters`` has the names of query parameters: ``{"created_at[gte]":
        "2026-01-01T00:00:00Z"}``.

        Raises what the integration raises. Raises ``AssertionError`` if the page holds a filter or an order that is not
        declared, if a row has no identifier of its own, or if a row is not at its place in the primary answer.
        """
        page = Page(size, cursor, parse_filters(filters or {}), sort)
        check_asked(page, integration.capabilities, self.category)
        listed: UsersPage = self._run(lambda call: integration.list_users(call, page), writes=False)
        check_rows(listed.rows, self._primary_answer())
        return Listed([present(row.user) for row in listed.rows], listed.next, listed.partial)

    def delete_user(self, integration: Integration, id: str) -> None:
        """Deletes the user ``id``. Raises what the integration raises. Raises ``AssertionError`` if the integration
        sends several requests that are not a ``GET``."""
        try:
            self._run(lambda call: integration.delete_user(call, id))
        finally:
            writes = sum(request.method != "GET" for request in self.requests)
            assert writes <= 1, f"a deletion sends one request that is no GET, not {writes}"

    def _user(self, operation: Callable[[Call], User | None], *, writes: bool = True) -> User | None:
        answer: User | None = present(self._run(operation, writes=writes))
        return answer

    def _run(self, operation: Callable[[Call], Any], *, writes: bool = True) -> Any:
        self.requests, self.logs, self.ignored = [], [], []
        answer = operation(Call(self.category, _Script(self), writes=writes))
        played = len(self.requests)
        assert played == len(self._exchanges), f"{len(self._exchanges)} requests were expected, {played} were sent"
        return answer

    def _primary_answer(self) -> Any:
        """The answer to the primary request of the latest call."""
        played = zip(self.requests, self._exchanges)
        bodies = (_Scripted(exchange).body() for request, exchange in played if request.primary)
        return json.loads(next(bodies, b"null"))

    def _next(self, request: Outgoing) -> _Exchange:
        shown = f"{request.method} {request.target}"
        assert len(self.requests) < len(self._exchanges), f"{shown} was not expected"
        expected = self._exchanges[len(self.requests)]
        self.requests.append(request)
        assert shown == f"{expected.method} {expected.target}", f"{shown} is not {expected.method} {expected.target}"
        if expected.query is not None:
            assert request.query == list(expected.query.items()), f"{shown}: {request.query}"
        if expected.body is not ABSENT:
            assert json.loads(request.body or b"null") == expected.body, f"{shown}: {request.body!r}"
        if expected.form is not None:
            assert request.body == expected.form.encode(), f"{shown}: {request.body!r}"
        return expected


@dataclass
class _Script:
    mock: MockVendor

    def send(self, request: Outgoing) -> Answer:
        return _Scripted(self.mock._next(request))

    def variable(self, name: str) -> str | None:
        return self.mock.variables.get(name)

    def parameter(self, name: str) -> str | None:
        return json.dumps(self.mock.parameters[name]) if name in self.mock.parameters else None

    def wants_user(self) -> bool:
        return self.mock.wants_user

    def authentication_method(self) -> str | None:
        return self.mock.authentication_method

    def ignore(self, field: str) -> None:
        self.mock.ignored.append(field)

    def log(self, level: str, message: str) -> None:
        self.mock.logs.append((level, message))


@dataclass
class _Scripted:
    exchange: _Exchange

    def status(self) -> int:
        return self.exchange.status

    def header(self, name: str) -> str | None:
        return self.exchange.headers.get(name)

    def body(self) -> bytes:
        answer = self.exchange.answer
        if answer is ABSENT:
            return b""
        return (answer if isinstance(answer, str) else json.dumps(answer)).encode()
