"""The component's side of the contract, which ``mortise build`` wraps around an integration. ``wit_world`` exists in a
component only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports import describe as wit
from wit_world.exports import users as wit_users
from wit_world.imports import context, http, log
from wit_world.imports.types import Failure as WitFailure

from ._absent import present
from ._call import Call
from ._capabilities import (
    Auth,
    Authorization,
    Capabilities,
    Capture,
    Exchange,
    FieldSupport,
    Listing,
    Support,
    Variable,
    query_support,
    request_support,
)
from ._errors import Failure
from ._integration import Integration
from ._page import Filter, Page, Sort, UsersPage
from ._trace import trace
from ._transport import Answer, Outgoing


T = TypeVar("T")


def component(integration: Integration) -> tuple[type, type]:
    """The classes that the contract's world needs."""

    class Describe(exports.Describe):
        def capabilities(self) -> Any:
            return _declaration(integration.capabilities)

    class Users(exports.Users):
        def create_user(self, category: Any, user: str) -> str | None:
            return _serve(lambda: _text(integration.create_user(_call(category), json.loads(user))))

        def update_user(self, category: Any, id: str, user: str) -> str | None:
            return _serve(lambda: _text(integration.update_user(_call(category), id, json.loads(user))))

        def get_user(self, category: Any, id: str) -> str | None:
            return _serve(lambda: _text(integration.get_user(_call(category, writes=False), id)))

        def list_users(self, category: Any, page: Any) -> Any:
            return _serve(lambda: _listed(integration.list_users(_call(category, writes=False), _page(page))))

        def delete_user(self, category: Any, id: str) -> None:
            _serve(lambda: integration.delete_user(_call(category), id))

    return Describe, Users


def _call(category: Any, *, writes: bool = True) -> Call:
    return Call(category, _Host(), writes=writes)


def _page(page: Any) -> Page:
    filters = [Filter(entry.field, entry.operator, entry.value) for entry in page.filters]
    return Page(page.size, page.cursor, filters, page.sort and Sort(page.sort.field, page.sort.descending))


def _text(user: Any) -> str | None:
    return None if user is None else json.dumps(present(user), ensure_ascii=False)


def _listed(page: UsersPage) -> Any:
    rows = [wit_users.Row(_text(row.user), row.source) for row in page.rows]
    return wit_users.UsersPage(rows, page.next, page.partial)


def _serve(operation: Callable[[], T]) -> T:
    """Runs an operation, and raises its failures in the form of the contract."""
    try:
        return operation()
    except Failure as failure:
        if failure.__cause__ is not None:
            log.emit("error", trace(failure.__cause__))
        raise Err(WitFailure(failure.kind, failure.message, failure.field)) from None
    except Exception as error:
        log.emit("error", trace(error))
        kind = type(error).__name__
        raise Err(WitFailure("internal", f"the integration failed: {kind}: {error}", None)) from None


def _asking(ask: Callable[[], Any]) -> Any:
    """Runs a function of the host, and raises its failures as the SDK's."""
    try:
        return ask()
    except Err as error:
        failure = error.value
        raise Failure(failure.kind, failure.message, field=failure.field) from None


class _Answer:
    def __init__(self, response: Any) -> None:
        self._response = response

    def status(self) -> int:
        return self._response.status()

    def header(self, name: str) -> str | None:
        return self._response.header(name)

    def body(self) -> bytes:
        return _asking(self._response.body)


class _Host:
    def send(self, request: Outgoing) -> Answer:
        sent = http.Request(
            http.Method[request.method],
            request.target,
            request.query,
            request.headers,
            request.body,
            request.primary,
        )
        return _Answer(_asking(lambda: http.send(sent)))

    def variable(self, name: str) -> str | None:
        return context.variable(name)

    def parameter(self, name: str) -> str | None:
        return context.parameter(name)

    def wants_user(self) -> bool:
        return context.wants_user()

    def authentication_method(self) -> str | None:
        return context.authentication_method()

    def ignore(self, field: str) -> None:
        context.ignore(field)

    def log(self, level: str, message: str) -> None:
        log.emit(level, message)


def _declaration(capabilities: Capabilities) -> Any:
    return wit.Declaration(
        capabilities.slug,
        capabilities.label,
        list(capabilities.origins),
        list(capabilities.headers),
        [_variable(variable) for variable in capabilities.variables],
        [list(names) for names in capabilities.variable_sets],
        [_auth(auth) for auth in capabilities.auth],
        [wit.RateLimit(limit.requests, limit.seconds) for limit in capabilities.limits],
        list(capabilities.error_messages),
        [_operation(support) for support in capabilities.operations],
        capabilities.evidence and wit.Evidence(capabilities.evidence.kind, capabilities.evidence.checked),
        capabilities.probe,
    )


def _variable(variable: Variable) -> Any:
    required = variable.default is None if variable.required is None else variable.required
    return wit.Variable(
        variable.name,
        variable.label,
        required,
        variable.secret,
        variable.default,
        variable.help,
        list(variable.values),
        variable.shown,
    )


def _auth(auth: Auth) -> Any:
    exchange = auth.exchange and _exchange(auth.exchange)
    return wit.AuthScheme(auth.kind, list(auth.params.items()), exchange, list(auth.origins))


def _exchange(exchange: Exchange) -> Any:
    return wit.TokenExchange(
        exchange.kind,
        "get" if exchange.encoding == "query" else "post",
        exchange.url,
        exchange.encoding,
        list(exchange.fields.items()),
        exchange.basic,
        exchange.plain_basic,
        list(exchange.headers.items()),
        [wit.ExchangeAnswer(name, answer.pointer, answer.secret) for name, answer in exchange.answers.items()],
        wit.ExchangeLifetime(exchange.lifetime, exchange.seconds),
        exchange.authorization and _authorization(exchange.authorization),
    )


def _authorization(authorization: Authorization) -> Any:
    return wit.Authorization(
        authorization.url,
        list(authorization.scopes),
        authorization.separator,
        list(authorization.params.items()),
        authorization.pkce,
        [_capture(variable, capture) for variable, capture in authorization.captures.items()],
    )


def _capture(variable: str, capture: Capture) -> Any:
    if capture.parameter is not None:
        return wit.Capture(variable, "redirect", capture.parameter)
    return wit.Capture(variable, "token", capture.pointer or "")


def _operation(support: Support) -> Any:
    return wit.OperationSupport(
        support.category,
        support.operation,
        [_field(field) for field in query_support(support)],
        [_field(field) for field in request_support(support)],
        list(support.response),
        support.listing and _listing(support.listing),
        support.effect,
    )


def _listing(listing: Listing) -> Any:
    return wit.Listing(
        listing.least,
        listing.most,
        listing.usual,
        listing.end,
        listing.order,
        listing.cursor_seconds,
        listing.depth,
        listing.combines,
        list(listing.partial),
        list(listing.leaves_out),
    )


def _field(support: FieldSupport) -> Any:
    return wit.FieldSupport(support.field, support.level, support.values, support.json_type, support.note)
