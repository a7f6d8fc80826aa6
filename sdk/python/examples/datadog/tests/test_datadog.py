import unittest

from integration import integration
from mortise_sdk import Failure, InvalidCursor, InvalidInput, Sort
from mortise_sdk.testing import MockVendor

USERS = "https://api.datadoghq.eu/api/v2/users"
ROLES = "https://api.datadoghq.eu/api/v2/roles"


def vendor(site: str = "datadoghq.eu") -> MockVendor:
    return MockVendor(variables={"site": site})


def person(*roles: str, **attributes: object) -> dict[str, object]:
    held = [{"type": "roles", "id": role} for role in roles]
    return {"data": {"type": "users", "id": "7", "attributes": attributes, "relationships": {"roles": {"data": held}}}}


class Create(unittest.TestCase):
    def test_a_user_is_made_with_an_address_and_roles(self) -> None:
        roles = {"roles": {"data": [{"type": "roles", "id": id} for id in "abcdefgh"]}}
        new = {"type": "users", "attributes": {"email": "ada@example.com"}, "relationships": roles}
        mock = vendor().on("POST", USERS, status=201, body={"data": new}, answer=person("a", status="Pending"))
        given = {"emails": [{"email": "ada@example.com"}], "name": None, "roles": [{"id": id} for id in "hgfedcba"]}
        answer = mock.create_user(integration, given) or {}
        self.assertEqual(answer["status"], "invited")


class Update(unittest.TestCase):
    def test_only_what_is_given_is_sent(self) -> None:
        body = {"data": {"type": "users", "id": "7", "attributes": {"disabled": True}}}
        mock = vendor().on("PATCH", f"{USERS}/7", body=body, answer=person(disabled=True))
        answer = mock.update_user(integration, "7", {"status": "inactive", "emails": []}) or {}
        self.assertEqual((answer["status"], "emails" in answer), ("inactive", False))

    def test_roles_become_what_is_wanted(self) -> None:
        reference = {"data": {"type": "users", "id": "7"}}
        mock = vendor().on("GET", f"{USERS}/7", answer=person("a", "b"))
        mock.on("PATCH", f"{USERS}/7", answer=person("a", "b"))
        mock.on("POST", f"{ROLES}/c/users", body=reference).on("DELETE", f"{ROLES}/a/users", body=reference)
        mock.on("GET", f"{USERS}/7", answer=person("b", "c"))
        answer = mock.update_user(integration, "7", {"roles": [{"id": "b"}, {"id": "c"}]}) or {}
        self.assertEqual(answer["roles"], [{"id": "b"}, {"id": "c"}])

    def test_a_role_that_fails_says_what_is_done(self) -> None:
        mock = vendor().on("GET", f"{USERS}/7", answer=person()).on("PATCH", f"{USERS}/7", answer=person())
        mock.on("POST", f"{ROLES}/a/users", status=404)
        with self.assertRaises(Failure) as raised:
            mock.update_user(integration, "7", {"roles": [{"id": "a"}]})
        told = (raised.exception.kind, raised.exception.message)
        self.assertEqual(told, ("vendor", "the user is changed, but was not given the role a"))

    def test_what_datadog_cannot_take_is_named_before_anything_is_sent(self) -> None:
        for user, field in [
            ({"name": None}, "name"),
            ({"emails": None}, "emails"),
            ({"status": None}, "status"),
            ({"name": "Ada", "roles": [{"id": "a"}, {"name": "Admin"}]}, "roles[1].id"),
        ]:
            with self.assertRaises(InvalidInput) as raised:
                vendor().update_user(integration, "7", user)
            self.assertEqual(raised.exception.field, field)

    def test_a_site_is_one_of_datadogs(self) -> None:
        with self.assertRaises(InvalidInput):
            vendor("datadoghq.example.com").get_user(integration, "7")


class List(unittest.TestCase):
    def test_pages_are_counted_from_zero_and_end_by_the_number_of_all_users(self) -> None:
        for cursor, number, following in [(None, "0", "2"), ("2", "1", None)]:
            query = {"page[size]": "2", "page[number]": number, "sort": "-name", "filter[status]": "Disabled"}
            answer = {
                "data": [person("a", disabled=True)["data"]],
                "included": [{"type": "roles", "id": "a", "attributes": {"name": "Reader"}}],
                "meta": {"page": {"total_count": 9, "total_filtered_count": 4}},
            }
            mock = vendor().on("GET", USERS, query=query, answer=answer)
            sort = Sort("name", descending=True)
            page = mock.list_users(integration, size=2, cursor=cursor, filters={"status": "inactive"}, sort=sort)
            self.assertEqual(page.rows[0]["roles"], [{"id": "a", "name": "Reader"}])
            self.assertEqual(page.next, following)

    def test_a_cursor_that_is_no_number_is_invalid(self) -> None:
        with self.assertRaises(InvalidCursor):
            vendor().list_users(integration, size=2, cursor="x")


class Delete(unittest.TestCase):
    def test_a_user_is_disabled_by_one_request(self) -> None:
        vendor().on("DELETE", f"{USERS}/7", status=204).delete_user(integration, "7")


if __name__ == "__main__":
    unittest.main()
