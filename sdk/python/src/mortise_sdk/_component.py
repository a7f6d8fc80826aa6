"""The component's side of the contract: what ``mortise build`` wraps around an integration. ``wit_world`` exists in a component only."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports import describe as wit
from wit_world.imports import context, http, log
from wit_world.imports.types import Failure as WitFailure

from ._absent import present
from ._call import Call
from ._capabilities import Auth, Capabilities, Exchange, Row, Support, Variable, query_rows, request_rows
from ._errors import Failure
from ._integration import Integration
from ._transport import Answer, Outgoing


def component(integration: Integration) -> tuple[type, type]:
    """The classes that the world of the contract asks for."""

    class Describe(exports.Describe):
        def capabilities(self) -> Any:
            return _declaration(integration.capabilities)

    class Users(exports.Users):
        def create_user(self, category: Any, user: str) -> str | None:
            return _serve(lambda: integration.create_user(Call(category, _Host()), json.loads(user)))

        def update_user(self, category: Any, id: str, user: str) -> str | None:
            return _serve(lambda: integration.update_user(Call(category, _Host()), id, json.loads(user)))

    return Describe, Users


def _serve(operation: Callable[[], Any]) -> str | None:
    try:
        answer = operation()
        return None if answer is None else json.dumps(present(answer), ensure_ascii=False)
    except Failure as failure:
        if failure.__cause__ is not None:
            log.emit("error", "".join(traceback.format_exception(failure.__cause__)))
        raise Err(WitFailure(failure.kind, failure.message, failure.field)) from None
    except Exception as error:
        log.emit("error", "".join(traceback.format_exception(error)))
        kind = type(error).__name__
        raise Err(WitFailure("internal", f"the integration failed: {kind}: {error}", None)) from None


def _asking(ask: Callable[[], Any]) -> Any:
    """Runs a function of the host; its failures come as the SDK's."""
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

    def log(self, level: str, message: str) -> None:
        log.emit(level, message)


def _declaration(capabilities: Capabilities) -> Any:
    return wit.Declaration(
        capabilities.slug,
        capabilities.label,
        list(capabilities.origins),
        list(capabilities.headers),
        [_variable(variable) for variable in capabilities.variables],
        [_auth(auth) for auth in capabilities.auth],
        [wit.RateLimit(limit.requests, limit.seconds) for limit in capabilities.limits],
        list(capabilities.error_messages),
        [_operation(support) for support in capabilities.operations],
    )


def _variable(variable: Variable) -> Any:
    required = variable.default is None if variable.required is None else variable.required
    return wit.Variable(variable.name, variable.label, required, variable.secret, variable.default)


def _auth(auth: Auth) -> Any:
    return wit.AuthScheme(auth.kind, list(auth.params.items()), auth.exchange and _exchange(auth.exchange))


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
    )


def _operation(support: Support) -> Any:
    return wit.OperationSupport(
        support.category,
        support.operation,
        [_row(row) for row in query_rows(support)],
        [_row(row) for row in request_rows(support)],
        list(support.response),
    )


def _row(row: Row) -> Any:
    return wit.FieldSupport(row.field, row.level, row.values, row.json_type, row.note)
