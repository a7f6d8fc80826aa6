"""Datadog: the people of an organization as user-directory users. The application key must be an administrator's.

Vendor: https://docs.datadoghq.com/api/latest/users/, https://docs.datadoghq.com/api/latest/roles/,
https://docs.datadoghq.com/extend/authorization/oauth2_endpoints/
"""

from dataclasses import replace
from typing import Any

from mortise_sdk import (
    ABSENT,
    Absent,
    Auth,
    Authorization,
    Call,
    Capabilities,
    Capture,
    Evidence,
    Exchange,
    Integration,
    InternalError,
    InvalidInput,
    Listing,
    Page,
    Path,
    Rows,
    Support,
    User,
    UsersPage,
    Variable,
    after,
    flag,
    identifier,
    not_null,
    primary_email,
    required,
    roles_by_id,
    text,
)

# Each site is its own Datadog, with its own API.
SITES = (
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "datadoghq.eu",
    "ddog-gov.com",
    "us2.ddog-gov.com",
)
# The words of the list's filter, and of its orders.
WORDS = {"active": "Active", "inactive": "Disabled", "invited": "Pending"}
ORDERS = {"name": "name", "updated_at": "modified_at"}
# The most role changes in a call of 16 requests, beside the change of the user and a read before and after it.
MOST_CHANGES = 13
RESPONSE = [
    "id",
    "name",
    "username",
    "emails",
    "avatar",
    "bio",
    "roles",
    "status",
    "is_email_verified",
    "created_at",
    "updated_at",
    "last_login_at",
    "last_active_at",
]
NOTES = {"emails": "the primary address: Datadog has one", "roles": "by identifier"}
PICTURE = "Datadog takes the picture from Gravatar"


class Datadog(Integration):
    capabilities = Capabilities(
        slug="datadog",
        label="Datadog",
        evidence=Evidence("vendor-document", "2026-11-30"),
        origins=[f"https://api.{site}" for site in SITES],
        variables=[
            Variable("site", "Datadog site", default="datadoghq.com", values=SITES),
            # Only OAuth needs it. It does not follow from the site: app.datadoghq.eu, but us5.datadoghq.com.
            Variable(
                "app_host",
                "Host of the site's pages",
                default="app.datadoghq.com",
                help="Only OAuth needs it. For the site datadoghq.eu it is app.datadoghq.eu.",
            ),
            Variable("api_key", "API key", secret=True, required=False),
            Variable("application_key", "Application key of an administrator", secret=True, required=False),
            Variable("client_id", "OAuth client ID", secret=True, required=False, shown=True),
            Variable("client_secret", "OAuth client secret", secret=True, required=False),
            Variable("refresh_token", "OAuth refresh token", secret=True, required=False),
        ],
        auth=[
            Auth.header({"DD-API-KEY": "{api_key}", "DD-APPLICATION-KEY": "{application_key}"}),
            Auth.bearer(
                "{access_token}",
                replace(
                    Exchange.refresh("https://api.{site}/oauth2/v1/token"),
                    # The customer sets the permissions of an application where it is registered. The site comes back with the code.
                    authorization=Authorization(
                        "https://{app_host}/oauth2/v1/authorize", captures={"site": Capture(parameter="domain")}
                    ),
                ),
            ),
        ],
        operations=[
            Support.get("user-directory", response=RESPONSE),
            Support.list(
                "user-directory",
                Listing(usual=10, most=100, end="total"),
                query=["email", "username"],
                query_values={
                    "status": list(WORDS),
                    "sort_by[name]": ["asc", "desc"],
                    "sort_by[updated_at]": ["asc", "desc"],
                },
                response=RESPONSE,
            ),
            # Datadog keeps every user, and an update can enable one again.
            Support.delete("user-directory", "deactivates"),
            Support.create(
                "user-directory",
                required=["emails"],
                writable=["name", "roles"],
                notes=NOTES,
                ignored={
                    "username": "it is the address",
                    "avatar": PICTURE,
                    "status": "a new user is pending",
                    "id": "the vendor makes it",
                    "created_at": "the vendor sets it",
                },
                response=RESPONSE,
            ),
            Support.update(
                "user-directory",
                writable=["name", "emails", "roles", "status"],
                notes=NOTES,
                values={"status": ["active", "inactive"]},
                ignored={
                    "username": "the handle never changes",
                    "avatar": PICTURE,
                    "id": "the path names the user",
                    "created_at": "the vendor sets it",
                },
                response=RESPONSE,
            ),
        ],
    )

    def create_user(self, call: Call, user: User) -> User | None:
        address = required(primary_email(user), "emails")
        # Sorted, because the order of a set differs between builds.
        held = [{"type": "roles", "id": id} for id in sorted(role_ids(user) or ())]
        name = user.get("name")
        new = {
            "type": "users",
            "attributes": {"email": address, "name": ABSENT if name is None else name},
            "relationships": {"roles": {"data": held}} if held else ABSENT,
        }
        return call.post(f"{api(call)}/users").json({"data": new}).primary().send().user(read)

    def update_user(self, call: Call, id: str, user: User) -> User | None:
        change = {"type": "users", "id": id, "attributes": attributes(user)}
        wanted = role_ids(user)
        person = Path(f"{api(call)}/users") / id
        # Refuses bad input and too many changes before anything changes.
        changes = [] if wanted is None else role_changes(call.get(person).send().record(read), wanted)
        told = call.patch(person).json({"data": change}).primary().send().user(read)
        if not changes:
            return told
        change_roles(call, id, changes)
        return call.read_back_user(id, lambda: call.get(person).send().record(read))

    def get_user(self, call: Call, id: str) -> User | None:
        return call.get(Path(f"{api(call)}/users") / id).primary().send().user(read)

    def list_users(self, call: Call, page: Page) -> UsersPage:
        # Datadog counts pages from 0.
        number = page.number()
        asked = call.get(f"{api(call)}/users").query("page[size]", page.size).query("page[number]", max(number - 1, 0))
        if page.sort:
            asked.query("sort", f"{'-' if page.sort.descending else ''}{ORDERS[page.sort.field]}")
        # It finds an address, a handle and a name, or a part of one; the host keeps the users with the whole one.
        asked.query("filter", page.filter("email") or page.filter("username"))
        sent = asked.query("filter[status]", WORDS.get(page.filter("status") or "")).primary().send()

        def following(rows: Rows) -> int | None:
            total = rows.number("/meta/page/total_filtered_count") or 0
            return number + 1 if number * page.size < total else None

        users = sent.users_in("data", read_person).next(following)
        for row in users.rows:
            name_roles(row.user, sent.json())
        return users

    def delete_user(self, call: Call, id: str) -> None:
        call.delete(Path(f"{api(call)}/users") / id).primary().send().empty()


integration = Datadog()


def api(call: Call) -> str:
    """The API of the account's site."""
    site = call.variable("site")
    if site not in SITES:
        raise InvalidInput(f"the account's site must be one of Datadog's, and `{site}` is none")
    return f"https://api.{site}/api/v2"


def attributes(user: User) -> dict[str, Any]:
    """The change of a user, in Datadog's words, without fields that the caller left out."""
    status = not_null(user.get("status", ABSENT), "status")
    return {
        "name": not_null(user.get("name", ABSENT), "name"),
        "email": not_null(primary_email(user), "emails"),
        "disabled": ABSENT if status is ABSENT else status != "active",
    }


def role_ids(user: User) -> set[str] | None:
    """The identifiers of the roles that a user should have; empty for ``None``."""
    if "roles" not in user:
        return None
    ids = set()
    for place, role in enumerate(user["roles"] or []):
        id = role.get("id")
        if not id:
            raise InvalidInput("Datadog chooses a role by its `id`", field=f"roles[{place}].id")
        ids.add(id)
    return ids


def role_changes(user: User, wanted: set[str]) -> list[tuple[str, bool]]:
    """The roles to add (``True``) and to remove, so that the user has the wanted ones. Each is one request."""
    roles = user.get("roles", ABSENT)
    if roles is ABSENT:
        raise InternalError("Datadog does not tell which roles the user has")
    held = {role["id"] for role in roles}
    changes = [(role, True) for role in sorted(wanted - held)] + [(role, False) for role in sorted(held - wanted)]
    if len(changes) > MOST_CHANGES:
        raise InvalidInput(f"at most {MOST_CHANGES} can change in a call", field="roles")
    return changes


def change_roles(call: Call, user: str, changes: list[tuple[str, bool]]) -> None:
    for role, is_given in changes:
        members = Path(f"{api(call)}/roles") / role / "users"
        request = call.post(members) if is_given else call.delete(members)
        with after(f"the user is changed, but {'was not given' if is_given else 'still has'} the role {role}"):
            request.json({"data": {"type": "users", "id": user}}).send().empty()


def read(answer: dict[str, Any]) -> User:
    """The user of an answer about one."""
    return name_roles(read_person(answer["data"]), answer)


def name_roles(user: User, answer: dict[str, Any]) -> User:
    """Adds the names of a user's roles, which the answer includes beside the user."""
    included = [entry for entry in answer.get("included") or [] if entry.get("type") == "roles"]
    names = {identifier(role.get("id")): (role.get("attributes") or {}).get("name") for role in included}
    for role in user.get("roles") or []:
        role["name"] = names.get(role.get("id")) or ABSENT
    return user


def read_person(person: dict[str, Any]) -> User:
    """A user in Datadog's answers, without values that are missing, null or empty."""
    told = person.get("attributes") or {}
    related = (person.get("relationships") or {}).get("roles") or {}
    address, signed_in = text(told.get("email")), text(told.get("last_login_time"))
    is_verified = flag(told.get("verified"))
    return {
        "id": identifier(person.get("id")) or ABSENT,
        "name": text(told.get("name")),
        "username": text(told.get("handle")),
        "emails": [{"email": address, "is_primary": True}] if address else ABSENT,
        "avatar": text(told.get("icon")),
        "bio": text(told.get("title")),
        "roles": roles_by_id(related.get("data")),
        "status": status(told),
        "is_email_verified": ABSENT if is_verified is None else is_verified,
        "created_at": text(told.get("created_at")),
        "updated_at": text(told.get("modified_at")),
        "last_login_at": signed_in,
        # The only trace of activity that Datadog keeps.
        "last_active_at": signed_in,
    }


def status(told: dict[str, Any]) -> str | Absent:
    is_disabled, word = flag(told.get("disabled")), text(told.get("status"))
    if is_disabled or word == "Disabled":
        return "inactive"
    if word == "Pending":
        return "invited"
    if word == "Active" or (word is ABSENT and is_disabled is False):
        return "active"
    return word
