import unittest

from integration import integration
from mortise_sdk import InvalidInput
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


if __name__ == "__main__":
    unittest.main()
