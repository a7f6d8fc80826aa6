import inspect
import unittest
from typing import Any

import mortise_sdk
from mortise_sdk import (
    ABSENT,
    Auth,
    Call,
    Capabilities,
    Exchange,
    Failure,
    Integration,
    InternalError,
    InvalidInput,
    Path,
    Support,
    User,
)
from mortise_sdk._capabilities import Row, query_rows, request_rows
from mortise_sdk.testing import MockVendor


class Example(Integration):
    capabilities = Capabilities(slug="example", label="Example", origins=["https://api.example.com"], operations=[])

    def create_user(self, call: Call, user: User) -> User | None:
        call.info("creating")
        body = {"name": user.get("name", ABSENT), "tags": [call.parameter("groups") or ABSENT]}
        sent = call.post("/people").query("notify", False).query("none", ABSENT).json(body).primary().send()
        return sent.user(self.read)

    def update_user(self, call: Call, id: str, user: User) -> User | None:
        form = {"name": user.get("name") or ABSENT, "on": True}
        call.put(Path("/sites") / (call.variable("site") or "") / "people" / id).form(form).send()
        return None

    def read(self, person: Any) -> User:
        return {"id": str(person["id"]), "name": person.get("name"), "title": person.get("title", ABSENT)}


class Sdk(unittest.TestCase):
    def test_a_member_that_is_missing_stays_missing_and_none_stays_null(self) -> None:
        for user, body in [({}, {}), ({"name": None}, {"name": None}), ({"name": "Ada"}, {"name": "Ada"})]:
            vendor = MockVendor().on(
                "POST", "/people", body={**body, "tags": []}, query={"notify": "false"}, answer={"id": 7}
            )
            self.assertEqual(vendor.create_user(Example(), user), {"id": "7", "name": None})
            self.assertTrue(vendor.requests[0].primary)
            self.assertEqual(vendor.requests[0].headers, [("content-type", "application/json")])
            self.assertEqual(vendor.logs, [("info", "creating")])

    def test_parameters_are_read_as_json(self) -> None:
        vendor = MockVendor(parameters={"groups": {"id": "a"}})
        vendor.on("POST", "/people", body={"tags": [{"id": "a"}]}, answer={"id": 1})
        vendor.create_user(Example(), {})
        with self.assertRaises(InvalidInput) as raised:
            vendor._run(lambda call: call.required_parameter("user_id"))
        self.assertEqual(raised.exception.field, "user_id")

    def test_an_answer_that_is_not_wanted_is_not_read(self) -> None:
        vendor = MockVendor(wants_user=False).on("POST", "/people", answer="no JSON")
        self.assertIsNone(vendor.create_user(Example(), {}))

    def test_a_segment_is_always_one_segment_and_a_form_is_encoded(self) -> None:
        vendor = MockVendor(variables={"site": "a b"})
        vendor.on("PUT", "/sites/a%20b/people/%C3%A4%3F%23%25", form="name=A%26%2B&on=true")
        self.assertIsNone(vendor.update_user(Example(), "ä?#%", {"name": "A&+"}))
        for segment in ["", ".", "..", "a/b", "a\\b", "a\nb", "\x85"]:
            with self.assertRaises(InvalidInput, msg=repr(segment)):
                Path("/users") / segment
        self.assertEqual(str(Path("/users") / 184 / "..."), "/users/184/...")

    def test_a_status_of_the_vendor_is_a_failure_unless_the_mapping_asks_for_it(self) -> None:
        for status, kind in [(404, "vendor"), (500, "vendor"), (302, "internal")]:
            with self.assertRaises(Failure) as raised:
                MockVendor().on("POST", "/people", status=status).create_user(Example(), {})
            self.assertEqual(raised.exception.kind, kind)
        asked = MockVendor().on("GET", "/x", status=404)
        self.assertEqual(asked._run(lambda call: {"title": str(call.get("/x").send_any().status)}), {"title": "404"})

    def test_an_answer_that_is_no_json_is_named(self) -> None:
        with self.assertRaisesRegex(InternalError, "not JSON"):
            MockVendor().on("POST", "/people", answer="<html>").create_user(Example(), {})

    def test_what_is_not_offered_is_unsupported(self) -> None:
        with self.assertRaises(Failure) as raised:
            MockVendor().create_user(Integration(), {})
        self.assertEqual(raised.exception.kind, "unsupported")

    def test_capabilities_become_the_rows_of_the_contract(self) -> None:
        support = Support.create(
            "ticketing",
            query_required=["user_id"],
            query=["groups"],
            required=["name"],
            writable=["roles"],
            ignored={"avatar": "read only"},
            values={"roles": ["admin"]},
            own={"color": "string"},
            notes={"name": "the full one"},
            response=["id"],
        )
        self.assertEqual(query_rows(support), [Row("user_id", "required"), Row("groups", "writable")])
        self.assertEqual(
            request_rows(support),
            [
                Row("name", "required", note="the full one"),
                Row("roles", "writable", values=["admin"]),
                Row("avatar", "ignored", note="read only"),
                Row("color", "writable", json_type="string"),
            ],
        )

    def test_the_sign_ins_of_oauth_are_spelled_out(self) -> None:
        refresh = Exchange.refresh("https://www.example.com/token", basic=True, scope="users")
        self.assertEqual(list(refresh.fields), ["grant_type", "refresh_token", "scope"])
        self.assertEqual(refresh.basic, ("{client_id}", "{client_secret}"))
        self.assertEqual(list(refresh.answers), ["access_token", "refresh_token"])
        self.assertEqual(Auth.bearer("{access_token}", refresh).params, {"token": "{access_token}"})

    def test_everything_that_is_exported_is_documented(self) -> None:
        for name in mortise_sdk.__all__:
            exported = getattr(mortise_sdk, name)
            if inspect.isclass(exported):
                self.assertTrue(exported.__doc__, name)


if __name__ == "__main__":
    unittest.main()
