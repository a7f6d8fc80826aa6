"""Datadog: the people of a Datadog organization as user-directory users.

Vendor: https://docs.datadoghq.com/api/latest/users/, https://docs.datadoghq.com/api/latest/roles/
"""

from typing import Any

from mortise_sdk import (
    ABSENT,
    Auth,
    Call,
    Capabilities,
    Integration,
    InvalidInput,
    Listing,
    Page,
    Path,
    Role,
    Rows,
    Support,
    User,
    UsersPage,
    Variable,
    flag,
)

DEFAULT_SITE = "datadoghq.com"
SITES = (
    DEFAULT_SITE,
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "datadoghq.eu",
    "ddog-gov.com",
)
STATUSES = {"active": False, "inactive": True}
# The words of the list's filter.
WORDS = {"active": "Active", "inactive": "Disabled", "invited": "Pending"}
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


class Datadog(Integration):
    capabilities = Capabilities(
        slug="datadog",
        label="Datadog",
        origins=[f"https://api.{site}" for site in SITES],
        variables=[
            Variable("site", "Datadog site, such as datadoghq.eu", default=DEFAULT_SITE),
            Variable("api_key", "API key", secret=True),
            Variable("application_key", "Application key of an administrator", secret=True),
        ],
        auth=[Auth.header({"DD-API-KEY": "{api_key}", "DD-APPLICATION-KEY": "{application_key}"})],
        operations=[
            Support.update(
                "user-directory",
                writable=["name", "emails", "roles", "status"],
                values={"status": list(STATUSES)},
                ignored={
                    "id": "Datadog takes the user from the route",
                    "avatar": "Datadog takes the picture from Gravatar",
                    "username": "the handle never changes",
                    "created_at": "Datadog sets it",
                },
                response=RESPONSE,
            ),
            Support.get("user-directory", response=RESPONSE),
            Support.list(
                "user-directory",
                Listing(usual=10, most=100, end="total"),
                query=["email"],
                query_values={"status": list(WORDS), "sort_by[name]": ["asc", "desc"]},
                response=RESPONSE,
            ),
            Support.delete("user-directory", "deactivates"),
        ],
    )

    def update_user(self, call: Call, id: str, user: User) -> User | None:
        api = base(call)
        person = Path(f"{api}/users") / id
        sent = call.patch(person).json(change(id, user)).primary().send()
        if "roles" not in user:
            return sent.user(read)
        # The vendor's answer to the change says which roles there are; the rest are a call each.
        held = {role["id"] for role in sent.record(read)["roles"] or []}
        wanted = [role_id(role, place) for place, role in enumerate(user["roles"] or [])]
        reference = {"data": {"type": "users", "id": id}}
        for role in wanted:
            if role not in held:
                call.post(Path(f"{api}/roles") / role / "users").json(reference).send()
        for role in sorted(held.difference(wanted)):
            call.delete(Path(f"{api}/roles") / role / "users").json(reference).send()
        return call.get(person).send().user(read) if call.wants_user else None

    def get_user(self, call: Call, id: str) -> User | None:
        return call.get(Path(f"{base(call)}/users") / id).primary().send().user(read)

    def list_users(self, call: Call, page: Page) -> UsersPage:
        number = page.number()
        # Datadog counts pages from 0.
        asked = call.get(f"{base(call)}/users").query("page[size]", page.size).query("page[number]", number - 1)
        if page.sort:
            asked.query("sort", "-name" if page.sort.descending else "name")
        # It finds an address, a name and a handle in whatever case; the host keeps the rows with the address.
        asked.query("filter", page.filter("email")).query("filter[status]", WORDS.get(page.filter("status") or ""))
        sent = asked.primary().send()
        names = role_names(sent.json())

        def following(rows: Rows) -> int | None:
            total = rows.number("/meta/page/total_filtered_count") or 0
            return number + 1 if number * page.size < total else None

        return sent.users_in("data", lambda person: read_person(person, names)).next(following)

    def delete_user(self, call: Call, id: str) -> None:
        call.delete(Path(f"{base(call)}/users") / id).primary().send().empty()


integration = Datadog()


def base(call: Call) -> str:
    site = call.variable("site")
    if site not in SITES:
        raise InvalidInput(f"the account's site must be one of {', '.join(SITES)}")
    return f"https://api.{site}/api/v2"


def change(id: str, user: User) -> dict[str, Any]:
    """The body of the vendor's request. What the caller left out is left out."""
    attributes = {
        "name": user.get("name", ABSENT),
        "email": email(user) if "emails" in user else ABSENT,
        "disabled": disabled(user) if "status" in user else ABSENT,
    }
    return {"data": {"type": "users", "id": id, "attributes": attributes}}


def email(user: User) -> str:
    """The primary address, else the first."""
    emails = user["emails"] or []
    primary = [entry for entry in emails if entry.get("is_primary")]
    address = (primary or emails or [{}])[0].get("email")
    if not address:
        raise InvalidInput("Datadog needs an address", field="emails")
    return address


def disabled(user: User) -> bool:
    status = user["status"]
    if status not in STATUSES:
        raise InvalidInput("must be `active` or `inactive`", field="status")
    return STATUSES[status]


def role_id(role: Role, place: int) -> str:
    id = role.get("id")
    if not id:
        raise InvalidInput("a role is chosen by its id", field=f"roles[{place}].id")
    return id


def related(person: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """What a JSON:API record refers to."""
    return person.get("relationships", {}).get(kind, {}).get("data") or []


def role_names(answer: dict[str, Any]) -> dict[str, str]:
    """The names of the roles that an answer tells beside its users."""
    roles = [entry for entry in answer.get("included", []) if entry["type"] == "roles"]
    return {role["id"]: role["attributes"].get("name") for role in roles}


def read(answer: dict[str, Any]) -> User:
    """The user of an answer about one."""
    return read_person(answer["data"], role_names(answer))


def read_person(person: dict[str, Any], names: dict[str, str]) -> User:
    """A user in Datadog's words; ``names`` are those of roles."""
    attributes = person["attributes"]
    address = attributes.get("email")
    return {
        "id": person["id"],
        "name": attributes.get("name"),
        "username": attributes.get("handle", ABSENT),
        "emails": [{"email": address, "is_primary": True}] if address else [],
        "avatar": attributes.get("icon", ABSENT),
        "bio": attributes.get("title"),
        "roles": [{"id": role["id"], "name": names.get(role["id"], ABSENT)} for role in related(person, "roles")],
        "status": status(attributes),
        "is_email_verified": flag(attributes["verified"]) if "verified" in attributes else ABSENT,
        "created_at": attributes.get("created_at", ABSENT),
        "updated_at": attributes.get("modified_at", ABSENT),
        "last_login_at": attributes.get("last_login_time"),
        # The only trace of activity that Datadog keeps.
        "last_active_at": attributes.get("last_login_time"),
    }


def status(attributes: dict[str, Any]) -> str:
    if flag(attributes.get("disabled")):
        return "inactive"
    return "invited" if attributes.get("status") == "Pending" else "active"
