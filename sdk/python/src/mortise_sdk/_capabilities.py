"""The declaration of an integration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ._words import (
    AuthKind,
    Category,
    Effect,
    End,
    EvidenceKind,
    ExchangeEncoding,
    ExchangeKind,
    JsonType,
    Operation,
    Order,
    Pkce,
)


@dataclass(frozen=True)
class Variable:
    """One value that an integrated account carries in its ``context``."""

    name: str
    """The key in ``context``: lower-case letters, digits and underscores."""
    label: str
    """The name of the form's field, in the vendor's words."""
    secret: bool = False
    """Whether it is a credential. The host encrypts it, never returns it, and never shows it to the integration."""
    default: str | None = None
    """The value if the account has none. A secret has no default."""
    required: bool | None = None
    """Whether an account needs a value. Default: ``True``, unless the variable has a default."""
    help: str | None = None
    """Where a person finds the value: one or two sentences of plain text below the form's field, at most 500 bytes."""
    values: Sequence[str] = ()
    """The closed set of values; a default is one of them. A secret has no set. Empty: any value."""
    shown: bool = False
    """Whether a form shows a secret while a person types it, such as a user name, an e-mail address or a client ID."""


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
    """The place in the answer, as a JSON pointer (RFC 6901)."""
    secret: bool = True
    """Whether the value is a credential. If not, :meth:`Call.variable` reads it."""


@dataclass(frozen=True)
class Capture:
    """A value for one of the account's variables that the vendor tells only after a person has consented."""

    pointer: str | None = None
    """The place in the answer to the code, as a JSON pointer (RFC 6901)."""
    parameter: str | None = None
    """Instead of a place: the query parameter of the redirect that holds the value."""


@dataclass(frozen=True)
class Authorization:
    """The OAuth 2.0 authorization code grant (RFC 6749 §4.1). The host sends a person to the vendor. The person
    consents, and comes back with a code. The host exchanges the code for the first tokens at the URL of the
    exchange."""

    url: str
    """Where the host sends the person: an ``https`` URL without query. It may hold variables that are not secret."""
    scopes: Sequence[str] = ()
    """The scopes to ask for. Empty: the vendor's own default."""
    separator: str = " "
    """The text between scopes."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Further query parameters of the URL. The host alone sets those of RFC 6749 and RFC 7636."""
    pkce: Pkce = "on"
    """Whether the vendor takes a code challenge."""
    captures: Mapping[str, Capture] = field(default_factory=dict)
    """Values of the answer or the redirect that go into the account's variables, by the variable."""


@dataclass(frozen=True)
class Exchange:
    """A sign-in call: the host sends variables of the account to the vendor, and the answer brings values that sign
    requests. The host makes the call; the integration never sees its secrets."""

    url: str
    """An absolute URL below one of the origins. It may hold variables that are not secret."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Name and template."""
    answers: Mapping[str, ExchangeAnswer] = field(default_factory=dict)
    """The values that the host reads from the answer, by their names in templates."""
    encoding: ExchangeEncoding = "form"
    """Where the fields go."""
    basic: tuple[str, str] | None = None
    """User name and password of HTTP Basic authentication, as templates. The host form-encodes both for the OAuth 2.0
    kinds (RFC 6749 §2.3.1)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers, name and template."""
    lifetime: str | None = None
    """The place of their lifetime in the answer, as a JSON pointer."""
    seconds: int = 3_600
    """Their lifetime in seconds if the answer does not say it."""
    kind: ExchangeKind = "exchange"
    """The name by which an account's ``authentication_method`` chooses the scheme."""
    plain_basic: bool = False
    """Whether the host sends ``basic`` without that form-encoding, for a vendor that does not decode it."""
    authorization: Authorization | None = None
    """How an account obtains the values that the exchange sends, if a person consents to that at the vendor."""

    @staticmethod
    def client_credentials(url: str, *, scope: str | None = None, basic: bool = False) -> Exchange:
        """The account carries ``client_id`` and ``client_secret``, for an ``access_token`` (RFC 6749 §4.4). ``basic``
        identifies the client by HTTP Basic authentication (§2.3.1), form-encoded. ``replace(exchange,
        plain_basic=True)`` sends it without form-encoding."""
        return _oauth2("oauth2-client-credentials", "client_credentials", url, scope, basic)

    @staticmethod
    def password(url: str, *, scope: str | None = None, basic: bool = False) -> Exchange:
        """The account carries ``username`` and ``password`` too (§4.3)."""
        own = {"username": "{username}", "password": "{password}"}
        return _oauth2("oauth2-password", "password", url, scope, basic, own)

    @staticmethod
    def refresh(url: str, *, scope: str | None = None, basic: bool = False) -> Exchange:
        """The account carries a ``refresh_token`` too (§6). A new one in the answer replaces it."""
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
    """How the host signs requests. Values are templates: ``{name}`` stands for the account's variable, or for the
    answer of the exchange with that name. ``{name|md5|base64}`` transforms the value."""

    kind: AuthKind
    """Where the credentials go."""
    params: Mapping[str, str]
    """Name and template."""
    exchange: Exchange | None = None
    """The sign-in that brings the values that the account does not carry."""
    origins: Sequence[str] = ()
    """The declared origins whose requests this scheme alone signs; it has no exchange then. Empty: the origins that no
    scheme names."""

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
class Listing:
    """How the vendor lists users, from its documentation. The host keeps callers within these limits."""

    usual: int
    """The rows of a page if the caller does not say how many."""
    most: int
    """The most rows of a page, up to 1,000."""
    least: int = 1
    """The fewest rows of a page, if that is more than one. The host keeps the rest for its caller's next page."""
    end: End = "told"
    """How the vendor marks the last page."""
    order: Order = "unstable"
    """The order of rows."""
    cursor_seconds: int | None = None
    """How long the vendor takes a cursor, in seconds, if the vendor says so."""
    depth: int | None = None
    """How many rows a caller can page through, if the vendor ends the list there."""
    combines: bool = True
    """Whether several filters hold together."""
    partial: Sequence[str] = ()
    """The fields of the answer that a single read tells and rows do not hold."""
    leaves_out: Sequence[str] = ()
    """The kinds of users that the list leaves out, in words, such as ``invited users``."""


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
    """Body fields that the integration uses if the caller gives them."""
    ignored: Mapping[str, str] = field(default_factory=dict)
    """Body fields that the vendor cannot write, each with the reason for the documentation."""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The closed sets of values of body fields."""
    own: Mapping[str, JsonType] = field(default_factory=dict)
    """Body fields that only this vendor has, with their JSON types. They stand at the top level of the user. Answers of
    all operations of the category can hold them, if their ``response`` names them. Declare a field that can only be
    read in ``get-user`` or ``list-users``."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Remarks on body fields."""
    query_required: Sequence[str] = ()
    """Unified query parameters without which the host answers 400."""
    query: Sequence[str] = ()
    """Unified query parameters that the integration uses if the caller gives them. In ``list-users`` also the parts of
    :class:`Page`: filters for equality, such as ``email``; bounds, such as ``created_at[gte]``; orders, such as
    ``sort_by[name]``."""
    query_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The closed sets of values of query parameters. An order has ``asc``, ``desc`` or one of them."""
    query_notes: Mapping[str, str] = field(default_factory=dict)
    """Remarks on query parameters."""
    response: Sequence[str] = ()
    """The fields that the answer can hold. ``delete-user`` has none."""
    listing: Listing | None = None
    """How the vendor lists users. Only ``list-users`` has it, and must have it."""
    effect: Effect | None = None
    """What a deletion does to the user. Only ``delete-user`` has it, and must have it."""

    @staticmethod
    def create(category: Category, **fields: Any) -> Support:
        """Creating users in ``category``. The other arguments are members of :class:`Support`."""
        return Support(category=category, operation="create-user", **fields)

    @staticmethod
    def update(category: Category, **fields: Any) -> Support:
        """Updating users in ``category``. The other arguments are members of :class:`Support`."""
        return Support(category=category, operation="update-user", **fields)

    @staticmethod
    def get(category: Category, **fields: Any) -> Support:
        """Reading one user in ``category``."""
        return Support(category=category, operation="get-user", **fields)

    @staticmethod
    def list(category: Category, listing: Listing, **fields: Any) -> Support:
        """Listing users in ``category``."""
        return Support(category=category, operation="list-users", listing=listing, **fields)

    @staticmethod
    def delete(category: Category, effect: Effect, **fields: Any) -> Support:
        """Deleting users in ``category``."""
        return Support(category=category, operation="delete-user", effect=effect, **fields)


@dataclass(frozen=True)
class Evidence:
    """How the author knows the vendor's API."""

    kind: EvidenceKind
    """The best evidence that most of the facts have."""
    checked: str
    """The day on which somebody last checked the facts, such as ``2026-11-30``."""


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """The declaration of one integration. The host checks it when it loads the component, and reports every fault."""

    slug: str
    """The name in URLs, accounts and on disk: 1 to 64 lower-case letters, digits and single hyphens. It never changes."""
    label: str
    """The name that people read."""
    origins: Sequence[str]
    """The API bases that the integration sends requests to: ``https`` and a host, with an optional base path. A host
    label may be a ``{variable}``; ``{variable*}`` in place of a label stands for one label or more. The first is the
    base of relative paths."""
    headers: Sequence[str] = ()
    """The vendor's own request headers that the integration sets: ``x-``, then lower-case letters, digits and single
    hyphens. The operator grants them with the origins. A header that carries a credential belongs in
    :meth:`Auth.header`."""
    variables: Sequence[Variable] = ()
    """The values that an integrated account carries."""
    variable_sets: Sequence[Sequence[str]] = ()
    """Sets of optional variables, by name. An account must carry one set whole."""
    auth: Sequence[Auth] = ()
    """The ways in which the host may sign requests. The host uses the first whose variables the account has."""
    limits: Sequence[RateLimit] = ()
    """The vendor's rate limits for one account. All of them hold at once."""
    error_messages: Sequence[str] = ()
    """Where the vendor's error answers have the sentence for people, as JSON pointers (RFC 6901). The host uses the
    first that leads to a text. The token ``*`` stands for every member of a list or an object, in order. If none leads
    to a text, the host searches the answer by the usual names. Declare only a place that this search would not find."""
    operations: Sequence[Support]
    """The operations, each category and operation once."""
    evidence: Evidence | None = None
    """How the author knows the vendor's API. Operators see it beside the integration's name."""
    probe: str | None = None
    """The probe: one ``GET`` by which the host asks the vendor whether it takes an account, without the integration.
    Choose a cheap read that every account may make, such as ``/users?limit=1``. It is a path below the first origin, or
    an absolute URL below any origin, and may hold ``{variables}`` that are not secret. ``None``: the host lists one
    user, if a list needs no parameter."""


@dataclass
class FieldSupport:
    """How an operation supports one field or query parameter, in the form of the contract."""

    field: str
    level: str
    values: list[str] = field(default_factory=list)
    json_type: str | None = None
    note: str | None = None


def request_support(support: Support) -> list[FieldSupport]:
    """The declarations of the fields of the body, in the order in which the fields are first named."""
    return _declared(
        support.required, support.writable, support.ignored, support.values, support.own, support.notes
    )


def query_support(support: Support) -> list[FieldSupport]:
    """The declarations of the unified query parameters."""
    return _declared(support.query_required, support.query, {}, support.query_values, {}, support.query_notes)


def _declared(
    required: Sequence[str],
    writable: Sequence[str],
    ignored: Mapping[str, str],
    values: Mapping[str, Sequence[str]],
    own: Mapping[str, JsonType],
    notes: Mapping[str, str],
) -> list[FieldSupport]:
    found: dict[str, FieldSupport] = {}
    for name in required:
        found.setdefault(name, FieldSupport(name, "required"))
    for name in writable:
        found.setdefault(name, FieldSupport(name, "writable"))
    for name, note in ignored.items():
        found.setdefault(name, FieldSupport(name, "ignored")).note = note
    for name, known in values.items():
        found.setdefault(name, FieldSupport(name, "writable")).values = list(known)
    for name, json_type in own.items():
        found.setdefault(name, FieldSupport(name, "writable")).json_type = json_type
    for name, note in notes.items():
        found.setdefault(name, FieldSupport(name, "writable")).note = note
    return list(found.values())
