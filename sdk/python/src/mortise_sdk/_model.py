"""The unified user. Written from the host's model by its test `languages`: do not edit."""

from typing import Any, Literal, TypedDict


class Email(TypedDict, total=False):
    """An email address of a user."""

    email: str | None
    """The address itself."""
    type: str | None
    """What the address is for, in the vendor's words: ``work``, ``home``, …"""
    is_primary: bool | None
    """Whether this is the user's main address."""


class Phone(TypedDict, total=False):
    """A phone number of a user."""

    number: str | None
    """The number, in the vendor's format; E.164 (``+4512345678``) if the vendor has none."""
    type: str | None
    """What the number is for: usually ``phone`` or ``mobile``."""
    extension: str | None
    """The extension to dial after the number."""


class Url(TypedDict, total=False):
    """A web address of a user."""

    url: str | None
    """The address itself."""
    type: str | None
    """What the address shows, in the vendor's words."""


class Role(TypedDict, total=False):
    """A role of a user. Which roles exist is the integration's to say."""

    id: str | None
    """The vendor's identifier of the role."""
    name: str | None
    """The name of the role."""
    group: str | None
    """The group in which the user has the role, if roles differ between groups."""
    organization: str | None
    """The organization in which the user has the role, if roles differ between organizations."""
    workspace: str | None
    """The workspace in which the user has the role, if roles differ between workspaces."""


class Group(TypedDict, total=False):
    """A group or team that a user belongs to."""

    id: str | None
    """The vendor's identifier of the group."""
    name: str | None
    """The name of the group."""
    organization: str | None
    """The identifier of the organization that the group is part of."""


class Organization(TypedDict, total=False):
    """An organization that a user belongs to."""

    id: str | None
    """The vendor's identifier of the organization."""
    name: str | None
    """The name of the organization."""


class Workspace(TypedDict, total=False):
    """A workspace that a user belongs to."""

    id: str | None
    """The vendor's identifier of the workspace."""
    name: str | None
    """The name of the workspace."""


class License(TypedDict, total=False):
    """A license that a user holds, or a product that a user can open."""

    id: str | None
    """The vendor's identifier of the license."""
    name: str | None
    """The name of the license."""
    organization: str | None
    """The identifier of the organization that the license belongs to."""
    last_active_at: str | None
    """When the user last made use of the license, RFC 3339."""

Status = Literal["active", "inactive", "deleted", "invited"] | str
"""The status of an account; in an answer also the vendor's own word, if no other fits."""


class User(TypedDict, total=False):
    """A user as plugins see it, whatever the category of the call.

    A request holds the caller's fields, an answer the vendor's. Times are RFC 3339 in answers and whatever the
    caller wrote in requests."""

    id: str | None
    """The vendor's identifier of the user."""
    external_id: str | None
    """The identifier that another system gave the user, as provisioning (SCIM) sets it."""
    identifiers: dict[str, Any] | None
    """Further identifiers of the user by their kind."""
    name: str | None
    """The name as the user reads it, usually first and last name."""
    first_name: str | None
    """The given name."""
    last_name: str | None
    """The family name."""
    nick_name: str | None
    """What colleagues call the user."""
    username: str | None
    """The name with which the user signs in."""
    password: str | None
    """The password with which the user will sign in. Requests only."""
    emails: list[Email] | None
    """The email addresses, one of them primary. Carries ``email`` of crm."""
    phones: list[Phone] | None
    """The phone numbers."""
    urls: list[Url] | None
    """Addresses on the web."""
    avatar: str | None
    """The URL of a picture of the user."""
    title: str | None
    """The position, such as ``Support engineer``."""
    bio: str | None
    """A short text that the user wrote about themselves."""
    languages: list[str] | None
    """Languages in the order of preference, as the vendor codes them (``en``, ``da-DK``, …)."""
    timezone: str | None
    """The time zone, as the vendor names it; IANA (``Europe/Copenhagen``) if the vendor has no names."""
    user_type: str | None
    """The kind of user that the vendor distinguishes, such as ``person`` or ``bot``."""
    status: Status | None
    """The status of the account. Carries ``is_active`` of ticketing and crm."""
    roles: list[Role] | None
    """The roles."""
    groups: list[Group] | None
    """The groups or teams. Carries ``team_ids`` of ticketing."""
    organizations: list[Organization] | None
    """The organizations."""
    workspaces: list[Workspace] | None
    """The workspaces."""
    licenses: list[License] | None
    """The licenses held, or the products that can be opened."""
    custom_fields: Any
    """Values of fields that the vendor's customer defined, in the vendor's form."""
    is_2fa_enabled: bool | None
    """Whether the user signs in with a second factor."""
    is_email_verified: bool | None
    """Whether the user has shown that the email address is theirs."""
    created_at: str | None
    """When the account was created."""
    updated_at: str | None
    """When the account was last changed."""
    activated_at: str | None
    """When the account became usable."""
    last_active_at: str | None
    """When the user last did something."""
    last_login_at: str | None
    """When the user last signed in."""
    status_changed_at: str | None
    """When ``status`` last changed."""
    etag: str | None
    """The version of the record at the vendor, for conditional updates."""
