"""What an integration declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Category = Literal["ticketing", "user-directory", "crm"]
"""A category of the unified API."""

Operation = Literal["create-user", "update-user", "get-user", "list-users", "delete-user"]
"""An operation of the unified API."""

JsonType = Literal["string", "integer", "number", "boolean", "object", "array"]
"""The JSON type of a field that the unified model does not know."""

QueryParameter = Literal[
    "organization_id",
    "workspace_id",
    "group_id",
    "workspace",
    "user_id",
    "groups",
    "collections",
    "reassign_to",
    "force",
]
"""The unified query parameters. ``reassign_to`` (who gets what the user leaves) and ``force`` are those of ``delete-user`` alone."""

Effect = Literal["deletes", "deactivates", "trashes", "unlinks", "erases"]
"""What a deletion does to the user: gone, and the identifier with it (``deletes``); stays, and can no longer sign in (``deactivates``);
gone, and can be restored for a while (``trashes``); leaves the organisation or workspace, and stays a user of the vendor (``unlinks``);
gone, and the vendor erases what it holds of the person (``erases``)."""


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
    help: str | None = None
    """Where a person finds the value: one or two sentences of plain text below the form's field, at most 500 bytes."""
    values: Sequence[str] = ()
    """The closed set of values; a default is one of them. Never for a secret. None: any value."""
    shown: bool = False
    """Whether a form shows a secret while a person types it: a user name, an e-mail address, a client ID."""


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
class Capture:
    """A value for one of the account's variables, of which the vendor tells only when a person has consented."""

    pointer: str | None = None
    """Where it stands in the answer to the code, as a JSON pointer (RFC 6901)."""
    parameter: str | None = None
    """In its place: the query parameter of the redirect that holds it."""


@dataclass(frozen=True)
class Authorization:
    """The OAuth 2.0 authorization code grant (RFC 6749 §4.1): a person is sent to the vendor, consents, and comes back with a code, which
    the host trades at the URL of the exchange for the first tokens."""

    url: str
    """Where the person is sent: an ``https`` URL without query; may hold variables that are not secret."""
    scopes: Sequence[str] = ()
    """The scopes that are asked for; none: the vendor's own default."""
    separator: str = " "
    """What stands between scopes."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Further query parameters of the URL. Those of RFC 6749 and RFC 7636 are the host's to set."""
    pkce: Literal["required", "on", "off"] = "on"
    """Whether the request has a code challenge (RFC 7636): the vendor refuses one without, takes one, or takes none."""
    captures: Mapping[str, Capture] = field(default_factory=dict)
    """What the answer or the redirect brings, by the account's variable."""


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
    kind: Literal["oauth2-client-credentials", "oauth2-password", "oauth2-refresh", "oauth2-authorization-code", "exchange"] = "exchange"
    """What an account's ``authentication_method`` says."""
    plain_basic: bool = False
    """Whether ``basic`` goes out as it is, for a vendor that does not decode it."""
    authorization: Authorization | None = None
    """How an account comes by what the exchange sends, where a person consents to that at the vendor."""

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
    origins: Sequence[str] = ()
    """The declared origins whose requests it signs, and no other does: it has no exchange then. None: those that no other names."""

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
    """How users are listed. Facts of the vendor's documentation: the host keeps callers within them."""

    usual: int
    """How many rows the vendor gives in a page where the caller does not say."""
    most: int
    """The most rows of a page, up to 1,000."""
    least: int = 1
    """The fewest rows of a page, where these are more than one. The host keeps the rest for its caller's next page."""
    end: Literal["told", "total", "short", "whole"] = "told"
    """How the vendor says that a page is the last one: by its own sign, such as a cursor or a flag (``told``), only by the number of all
    rows (``total``), only by a page with fewer rows than were asked for (``short``), or not at all (``whole``): it gives all users at once,
    of which the host makes pages."""
    order: Literal["stable", "unstable"] = "unstable"
    """In which order rows come: by something that never changes, so that no row is missed or comes twice (``stable``), or so that rows
    can move while a caller pages (``unstable``)."""
    cursor_seconds: int | None = None
    """How long the vendor takes a cursor, in seconds, where it says so."""
    depth: int | None = None
    """How many rows can be paged through, where the vendor ends there."""
    combines: bool = True
    """Whether several filters hold together."""
    partial: Sequence[str] = ()
    """The fields of the answer that rows do not hold and a single read tells."""
    leaves_out: Sequence[str] = ()
    """The kinds of users that the list leaves out, in words: ``invited users``."""


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
    """Body fields that only this vendor has, with their JSON types. They travel at the top level of the user. Answers of all operations of
    the category can hold them, if their ``response`` names them. One that can only be read stands where it is read."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Remarks on body fields."""
    query_required: Sequence[str] = ()
    """Unified query parameters without which the host answers 400."""
    query: Sequence[str] = ()
    """Unified query parameters that are used when given. Of ``list-users`` also what arrives in :class:`Page`: filters for equality,
    ``email``; bounds, ``created_at[gte]``; orders, ``sort_by[name]``."""
    query_values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The closed sets of values of query parameters. An order has ``asc``, ``desc`` or one of them."""
    query_notes: Mapping[str, str] = field(default_factory=dict)
    """Remarks on query parameters."""
    response: Sequence[str] = ()
    """The fields that the answer can hold. ``delete-user`` has none."""
    listing: Listing | None = None
    """How users are listed: of ``list-users``, which has one, and of no other operation."""
    effect: Effect | None = None
    """What becomes of the user: of ``delete-user``, which has one, and of no other operation."""

    @staticmethod
    def create(category: Category, **fields: Any) -> Support:
        """Creating users in ``category``; the rest as :class:`Support` has it."""
        return Support(category=category, operation="create-user", **fields)

    @staticmethod
    def update(category: Category, **fields: Any) -> Support:
        """Updating users in ``category``; the rest as :class:`Support` has it."""
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
    """How what an integration says of its vendor is known."""

    kind: Literal["real-server", "vendor-document", "second-hand", "recalled"]
    """The best evidence that most of its facts have: tried on the vendor's service or software, from the vendor's own reference or clients,
    from clients and connectors of others, or from memory."""
    checked: str
    """The day on which somebody last looked, such as ``2026-11-30``."""


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
    variable_sets: Sequence[Sequence[str]] = ()
    """Sets of optional variables, by name, of which an account must carry one whole."""
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
    evidence: Evidence | None = None
    """How what it says of the vendor is known: operators see it beside the integration's name."""
    probe: str | None = None
    """One ``GET`` by which the host asks the vendor whether it takes an account, without the integration: a cheap read that every account may
    make, such as ``/users?limit=1``. A path below the first origin, or an absolute URL below any; it may hold ``{variables}`` that are not
    secret. None: the host lists one user, if a list needs no parameter."""


@dataclass
class FieldSupport:
    """How one field or query parameter is supported, as the contract says it."""

    field: str
    level: str
    values: list[str] = field(default_factory=list)
    json_type: str | None = None
    note: str | None = None


def request_support(support: Support) -> list[FieldSupport]:
    """What is declared of each field of the body, in the order in which they are first named."""
    return _declared(
        support.required, support.writable, support.ignored, support.values, support.own, support.notes
    )


def query_support(support: Support) -> list[FieldSupport]:
    """What is declared of each unified query parameter."""
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
