"""{{label}}: its people as ticketing users.

The vendor in this file is made up; name the pages of the real one's documentation here:

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
    # What this integration asks of the operator and promises to callers. The host checks it, shows it, and holds every request against
    # it: a field that is not named here never arrives below.
    capabilities = Capabilities(
        slug="{{slug}}",
        label="{{label}}",
        # The only address that the integration can reach, once the operator has granted it.
        origins=["https://api.example.com/v1"],
        # What an account carries. A secret is never seen by this code: the host signs the requests.
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
            # A page has 50 people where the caller does not say how many, and at most 200.
            Support.list("ticketing", Listing(usual=50, most=200), query=["email"], response=RESPONSE),
            # What a deletion does to the person, as every answer to one says.
            Support.delete("ticketing", "deletes"),
        ],
    )

    def create_user(self, call: Call, user: User) -> User | None:
        person = {
            "full_name": user["name"],
            "email": required(primary_email(user), "emails"),
            "picture": user.get("avatar") or ABSENT,
        }
        # `primary` marks the request that carries the call: the caller's `remote_data` joins it, and its answer is what the caller
        # gets as `remote_data`.
        return call.post("/people").json(person).primary().send().user(read_answer)

    def update_user(self, call: Call, id: str, user: User) -> User | None:
        # A field of a request is missing (leave it alone), `None` (clear it) or has a value. `ABSENT` says the same in what is sent.
        change = {"full_name": not_null(user.get("name", ABSENT), "name"), "picture": user.get("avatar", ABSENT)}
        return call.patch(Path("/people") / id).json(change).primary().send().user(read_answer)

    def get_user(self, call: Call, id: str) -> User | None:
        return call.get(Path("/people") / id).primary().send().user(read_answer)

    def list_users(self, call: Call, page: Page) -> UsersPage:
        request = call.get("/people").query("limit", page.size).query("after", page.cursor)
        answer = request.query("email", page.filter("email")).primary().send()
        # Where the next page begins, in the vendor's own words; nothing there: this was the last page.
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
