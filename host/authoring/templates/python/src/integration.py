"""{{label}}: its people as ticketing users.

The vendor in this file is made up. Name the pages of the real vendor's documentation here:

- Create: ``POST /people``
- Update: ``PATCH /people/{id}``
- Get: ``GET /people/{id}``
- List: ``GET /people``
- Delete: ``DELETE /people/{id}``
"""

from typing import Any

from mortise_sdk import (
    ABSENT,
    Auth,
    Call,
    Capabilities,
    Integration,
    Listing,
    Page,
    Path,
    Support,
    User,
    UsersPage,
    Variable,
    not_null,
    primary_email,
    required,
)

RESPONSE = ["id", "name", "emails", "avatar", "is_active", "created_at"]


class {{type}}(Integration):
    # What this integration needs from the operator, and what it offers to callers. The host checks and shows it, and checks
    # every request against it: a field that is not named here never reaches the functions below.
    capabilities = Capabilities(
        slug="{{slug}}",
        label="{{label}}",
        # The only address that the integration can reach, after the operator has granted it.
        origins=["https://api.example.com/v1"],
        # The values that an account carries. This code never sees a secret: the host signs the requests.
        variables=[Variable("api_token", "API token", secret=True)],
        auth=[Auth.bearer("{api_token}")],
        operations=[
            Support.create("ticketing", required=["name", "emails"], writable=["avatar"], response=RESPONSE),
            Support.update(
                "ticketing",
                writable=["name", "avatar"],
                ignored={"emails": "people change their address themselves"},
                response=RESPONSE,
            ),
            Support.get("ticketing", response=RESPONSE),
            # A page has 50 people if the caller does not say how many, and at most 200.
            Support.list("ticketing", Listing(usual=50, most=200), query=["email"], response=RESPONSE),
            # What a deletion does to the person. Every answer to a deletion says it.
            Support.delete("ticketing", "deletes"),
        ],
    )

    def create_user(self, call: Call, user: User) -> User | None:
        person = {
            "full_name": user["name"],
            "email": required(primary_email(user), "emails"),
            "picture": user.get("avatar") or ABSENT,
        }
        # `primary` marks the request that carries the call: the host merges the caller's `remote_data` into it, and the caller
        # gets its answer as `remote_data`.
        return call.post("/people").json(person).primary().send().user(read_answer)

    def update_user(self, call: Call, id: str, user: User) -> User | None:
        # A field is missing (do not change it), `None` (clear it) or has a value. `ABSENT` leaves it out of the body.
        change = {"full_name": not_null(user.get("name", ABSENT), "name"), "picture": user.get("avatar", ABSENT)}
        return call.patch(Path("/people") / id).json(change).primary().send().user(read_answer)

    def get_user(self, call: Call, id: str) -> User | None:
        return call.get(Path("/people") / id).primary().send().user(read_answer)

    def list_users(self, call: Call, page: Page) -> UsersPage:
        request = call.get("/people").query("limit", page.size).query("after", page.cursor)
        answer = request.query("email", page.filter("email")).primary().send()
        # The next page begins at the vendor's own cursor. Without one, this was the last page.
        return answer.users_in("people", read).next(lambda rows: rows.text("/next"))

    def delete_user(self, call: Call, id: str) -> None:
        call.delete(Path("/people") / id).primary().send().empty()


integration = {{type}}()


def read_answer(answer: dict[str, Any]) -> User:
    """The vendor's answer about one person, as a unified user."""
    return read(answer["person"])


def read(person: dict[str, Any]) -> User:
    """A person in the vendor's words, as a unified user."""
    email = person.get("email")
    return {
        "id": person["id"],
        "name": person["full_name"],
        "emails": [{"email": email, "is_primary": True}] if email else [],
        "avatar": person.get("picture") or ABSENT,
        "status": "inactive" if person["suspended"] else "active",
        "created_at": person.get("created_at", ABSENT),
    }
