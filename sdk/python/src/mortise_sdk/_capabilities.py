"""What an integration declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Category = Literal["ticketing", "user-directory", "crm"]
"""A category of the unified API."""

Operation = Literal["create-user", "update-user"]
"""An operation of the unified API."""

JsonType = Literal["string", "integer", "number", "boolean", "object", "array"]
"""The JSON type of a field that the unified model does not know."""

QueryParameter = Literal[
    "organization_id", "workspace_id", "group_id", "workspace", "user_id", "groups", "collections"
]
"""The unified query parameters."""


@dataclass(frozen=True)
class Variable:
    """One value that an integrated account carries in its ``context``."""

    name: str
    """The key in ``context``: lower-case letters, digits and underscores."""
    label: str
    """What a person who fills a form reads."""
    secret: bool = False
    """Whether it is a credential: encrypted, never returned, never seen by the integration."""
    default: str | None = None
    """Used where the account has no value; never for a secret."""
    required: bool | None = None
    """Whether an account cannot be created without it. Default: ``True``, unless it has a default."""


@dataclass(frozen=True)
class RateLimit:
    """A window of the vendor's rate limit."""

    requests: int
    """Requests in the window, at least 1."""
    seconds: int
    """Length of the window in seconds, 1 to 2,678,400."""


@dataclass(frozen=True)
class ExchangeAnswer:
    """One value of a sign-in's answer."""

    pointer: str
    """Where it stands, as a JSON pointer (RFC 6901)."""
    secret: bool = True
    """Whether it is a credential. One that is not can be read with :meth:`Call.variable`."""


@dataclass(frozen=True)
class Exchange:
    """A sign-in call: the account's variables go to the vendor, what signs requests comes back. The host carries it out; the
    integration never sees its secrets."""

    url: str
    """An absolute URL below one of the origins; may hold variables that are not secret."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Name and template."""
    answers: Mapping[str, ExchangeAnswer] = field(default_factory=dict)
    """What the answer brings, by its name in templates."""
    encoding: Literal["form", "json", "query"] = "form"
    """Where the fields go: a form, a JSON body (dots in names nest), or the query of a ``GET``."""
    basic: tuple[str, str] | None = None
    """User name and password of HTTP Basic authentication, as templates. For the kinds of OAuth 2.0 both are form-encoded first
    (RFC 6749 §2.3.1)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers, name and template."""
    lifetime: str | None = None
    """Where the answer says how long it can be used, as a JSON pointer."""
    seconds: int = 3_600
    """How long it can be used where the answer does not say it, in seconds."""
    kind: Literal["oauth2-client-credentials", "oauth2-password", "oauth2-refresh", "exchange"] = "exchange"
    """What an account's ``authentication_method`` says."""
    plain_basic: bool = False
    """Whether ``basic`` goes out as it is, for a vendor that does not decode it."""

    @staticmethod
    def client_credentials(url: str, *, scope: str | None = None, basic: bool = False) -> Exchange:
        """The account carries ``client_id`` and ``client_secret``, for an ``access_token`` (RFC 6749 §4.4). ``basic`` identifies the
        client by HTTP Basic authentication (§2.3.1), form-encoded: ``replace(exchange, plain_basic=True)`` leaves it as it is."""
        return _oauth2("oauth2-client-credentials", "client_credentials", url, scope, basic)

    @staticmethod
    def password(url: str, *, scope: str | None = None, basic: bool = False) -> Exchange:
        """The account carries ``username`` and ``password`` too (§4.3)."""
        own = {"username": "{username}", "password": "{password}"}
        return _oauth2("oauth2-password", "password", url, scope, basic, own)

    @staticmethod
    def refresh(url: str, *, scope: str | None = None, basic: bool = False) -> Exchange:
        """The account carries a ``refresh_token`` too (§6); a new one in the answer takes its place."""
        made = _oauth2("oauth2-refresh", "refresh_token", url, scope, basic, {"refresh_token": "{refresh_token}"})
        return replace(made, answers={**made.answers, "refresh_token": ExchangeAnswer("/refresh_token")})


def _oauth2(
    kind: Any, grant_type: str, url: str, scope: str | None, basic: bool, own: Mapping[str, str] | None = None
) -> Exchange:
    client = {"client_id": "{client_id}", "client_secret": "{client_secret}"}
    fields = {"grant_type": grant_type, **({} if basic else client), **(own or {})}
    return Exchange(
        url,
        fields=fields if scope is None else {**fields, "scope": scope},
        answers={"access_token": ExchangeAnswer("/access_token")},
        basic=(client["client_id"], client["client_secret"]) if basic else None,
        lifetime="/expires_in",
        kind=kind,
    )


@dataclass(frozen=True)
class Auth:
    """How the host signs requests. Values are templates: ``{name}`` stands for the account's variable, or for what the exchange
    brought under that name; ``{name|md5|base64}`` transforms it."""

    kind: Literal["bearer", "basic", "header", "query"]
    """Where the credentials go."""
    params: Mapping[str, str]
    """Name and template."""
    exchange: Exchange | None = None
    """The sign-in that brings what the account does not carry."""

    @staticmethod
    def bearer(token: str, exchange: Exchange | None = None) -> Auth:
        """``Authorization: Bearer <token>`` (RFC 6750)."""
        return Auth("bearer", {"token": token}, exchange)

    @staticmethod
    def basic(username: str, password: str, exchange: Exchange | None = None) -> Auth:
        """``Authorization: Basic …`` (RFC 7617); either part may be empty."""
        return Auth("basic", {"username": username, "password": password}, exchange)

    @staticmethod
    def header(params: Mapping[str, str], exchange: Exchange | None = None) -> Auth:
        """Headers with these values."""
        return Auth("header", params, exchange)

    @staticmethod
    def query(params: Mapping[str, str], exchange: Exchange | None = None) -> Auth:
        """Query parameters with these values."""
        return Auth("query", params, exchange)


@dataclass(frozen=True, kw_only=True)
class Support:
    """One operation in one category, field by field, in the category's names. A field that is not listed is ignored."""

    category: Category
    """The category."""
    operation: Operation
    """The operation."""
    required: Sequence[str] = ()
    """Body fields without which the host answers 400. A nested one is ``roles[].name``."""
    writable: Sequence[str] = ()
    """Body fields that are used when given."""
    ignored: Mapping[str, str] = field(default_factory=dict)
    """Body fields that the vendor cannot write, each with the reason for the documentation."""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The closed sets of values of body fields."""
    own: Mapping[str, JsonType] = field(default_factory=dict)
    """Body fields that only this vendor has, with their JSON types. They travel at the top level of the user."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Remarks on body fields."""
    query_required: Sequence[QueryParameter] = ()
    """Unified query parameters without which the host answers 400."""
    query: Sequence[QueryParameter] = ()
    """Unified query parameters that are used when given."""
    response: Sequence[str]
    """The fields that the answer can hold."""

    @staticmethod
    def create(category: Category, **fields: Any) -> Support:
        """Creating users in ``category``; the rest as :class:`Support` has it."""
        return Support(category=category, operation="create-user", **fields)

    @staticmethod
    def update(category: Category, **fields: Any) -> Support:
        """Updating users in ``category``; the rest as :class:`Support` has it."""
        return Support(category=category, operation="update-user", **fields)


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """The declaration of one integration. The host checks it when it loads the component and says what is wrong."""

    slug: str
    """The name in URLs, accounts and on disk: 1 to 64 lower-case letters, digits and single hyphens. It never changes."""
    label: str
    """The name that people read."""
    origins: Sequence[str]
    """The API bases it wants to reach: ``https`` and a host, with an optional base path. One host label may be a ``{variable}``;
    ``{variable*}`` in place of a label is one or more. The first is the base of relative paths."""
    headers: Sequence[str] = ()
    """The vendor's own request headers that it sets: ``x-`` and lower-case letters, digits and single hyphens. The operator grants them
    with the origins. A header that carries a credential belongs to :meth:`Auth.header`."""
    variables: Sequence[Variable] = ()
    """What an integrated account carries."""
    auth: Sequence[Auth] = ()
    """The ways in which the host may sign requests; the first whose variables the account has is used."""
    limits: Sequence[RateLimit] = ()
    """What the vendor takes from one account; all of them hold together."""
    error_messages: Sequence[str] = ()
    """Where the vendor's error answers have the sentence for people, as JSON pointers (RFC 6901): the first that leads to a text is used.
    The token ``*`` stands for every member of a list or an object, in order: ``/errors/*/detail``. If none leads to a text, the host
    searches the answer by the usual names; declare only what it would not find."""
    operations: Sequence[Support]
    """What it serves, each category and operation once."""


@dataclass
class Row:
    """How one field is supported, as the contract says it."""

    field: str
    level: str
    values: list[str] = field(default_factory=list)
    json_type: str | None = None
    note: str | None = None


def request_rows(support: Support) -> list[Row]:
    """One row for each field of the body, in the order in which they are first named."""
    rows: dict[str, Row] = {}
    for name in support.required:
        rows.setdefault(name, Row(name, "required"))
    for name in support.writable:
        rows.setdefault(name, Row(name, "writable"))
    for name, note in support.ignored.items():
        rows.setdefault(name, Row(name, "ignored")).note = note
    for name, values in support.values.items():
        rows.setdefault(name, Row(name, "writable")).values = list(values)
    for name, json_type in support.own.items():
        rows.setdefault(name, Row(name, "writable")).json_type = json_type
    for name, note in support.notes.items():
        rows.setdefault(name, Row(name, "writable")).note = note
    return list(rows.values())


def query_rows(support: Support) -> list[Row]:
    """One row for each unified query parameter."""
    required = [Row(name, "required") for name in support.query_required]
    return required + [Row(name, "writable") for name in support.query if name not in support.query_required]
