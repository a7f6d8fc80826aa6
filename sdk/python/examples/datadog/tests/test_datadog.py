import unittest

from integration import integration
from mortise_sdk import InvalidInput
from mortise_sdk.testing import MockVendor

USERS = "https://api.datadoghq.eu/api/v2/users"
ROLES = "https://api.datadoghq.eu/api/v2/roles"


def vendor() -> MockVendor:
    return MockVendor(variables={"site": "datadoghq.eu"})


def person(*roles: str, **attributes: object) -> dict[str, object]:
    held = [{"type": "roles", "id": role} for role in roles]
    return {"data": {"type": "users", "id": "7", "attributes": attributes, "relationships": {"roles": {"data": held}}}}


class Update(unittest.TestCase):
    def test_only_what_is_given_is_sent(self) -> None:
        body = {"data": {"type": "users", "id": "7", "attributes": {"disabled": True}}}
        mock = vendor().on("PATCH", f"{USERS}/7", body=body, answer=person(disabled=True))
        answer = mock.update_user(integration, "7", {"status": "inactive"}) or {}
        self.assertEqual((answer["status"], answer["emails"]), ("inactive", []))

    def test_roles_become_what_is_wanted(self) -> None:
        mock = vendor().on("PATCH", f"{USERS}/7", answer=person("a", "b"))
        reference = {"data": {"type": "users", "id": "7"}}
        mock.on("POST", f"{ROLES}/c/users", body=reference).on("DELETE", f"{ROLES}/a/users", body=reference)
        mock.on("GET", f"{USERS}/7", answer=person("b", "c"))
        answer = mock.update_user(integration, "7", {"roles": [{"id": "b"}, {"id": "c"}]}) or {}
        self.assertEqual(answer["roles"], [{"id": "b"}, {"id": "c"}])

    def test_what_datadog_cannot_take_is_named(self) -> None:
        for user, field in [({"emails": None}, "emails"), ({"status": "invited"}, "status")]:
            with self.assertRaises(InvalidInput) as raised:
                vendor().update_user(integration, "7", user)
            self.assertEqual(raised.exception.field, field)


if __name__ == "__main__":
    unittest.main()
