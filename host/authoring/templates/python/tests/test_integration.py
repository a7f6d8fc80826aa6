import unittest

from integration import integration
from mortise_sdk import Failure, InvalidInput
from mortise_sdk.testing import MockVendor

PERSON = {"id": "7", "full_name": "Ada Example", "email": "ada@example.com", "suspended": True}


class Update(unittest.TestCase):
    def test_a_suspended_person_is_inactive(self) -> None:
        vendor = MockVendor().on("PATCH", "/people/7", body={"picture": None}, answer={"person": PERSON})
        answer = vendor.update_user(integration, "7", {"avatar": None})
        emails = [{"email": "ada@example.com", "is_primary": True}]
        self.assertEqual(answer, {"id": "7", "name": "Ada Example", "emails": emails, "status": "inactive"})

    def test_a_name_that_the_vendor_cannot_clear_is_the_callers_mistake(self) -> None:
        with self.assertRaises(InvalidInput) as raised:
            MockVendor().update_user(integration, "7", {"name": None})
        self.assertEqual(raised.exception.field, "name")


class Listing(unittest.TestCase):
    def test_a_page_with_a_row_that_is_no_person_fails_and_names_its_place(self) -> None:
        answer = {"people": [PERSON, {"full_name": "Ada Example"}], "next": None}
        vendor = MockVendor(category="ticketing").on("GET", "/people", query={"limit": "50"}, answer=answer)
        with self.assertRaisesRegex(Failure, "`/people/1`"):
            vendor.list_users(integration, size=50)


if __name__ == "__main__":
    unittest.main()
