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
    Listing,
    Page,
    Path,
    Refused,
    Support,
    Unsupported,
    User,
    UsersPage,
    flag,
    identifier,
)
from mortise_sdk._capabilities import FieldSupport, query_support, request_support
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
        return {"id": identifier(person["id"]), "name": person.get("name"), "title": person.get("title", ABSENT)}


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

    def test_an_answer_that_is_not_wanted_may_be_anything_but_an_error(self) -> None:
        with self.assertRaises(Refused):
            MockVendor(wants_user=False).on("POST", "/people", answer={"success": False}).create_user(Example(), {})
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

    def test_a_page_for_people_says_nothing_about_a_write_whether_or_not_an_answer_is_wanted(self) -> None:
        html = {"content-type": "text/html; charset=utf-8"}
        for answer, headers in [
            ("<!DOCTYPE html><title>Sign in</title>", {}),
            ("\ufeff\r\n <HTML lang=en>", {"content-type": "application/json"}),
            ('<?xml version="1.0"?>\n<!doctype html>', {}),
            ("<!-- maintenance -->", {}),
            ("We are back soon.", html),
        ]:
            for wants_user in (True, False):
                vendor = MockVendor(wants_user=wants_user).on("POST", "/people", answer=answer, headers=headers)
                with self.assertRaisesRegex(InternalError, "^the outcome is unknown", msg=answer):
                    vendor.create_user(Example(), {})
        for answer in ["<address>", "<user/>", "ok"]:
            with self.assertRaisesRegex(InternalError, "^the write is done.*not JSON"):
                MockVendor().on("POST", "/people", answer=answer).create_user(Example(), {})
        vendor = MockVendor().on("POST", "/people", answer={"id": 7}, headers=html)
        self.assertEqual(vendor.create_user(Example(), {}), {"id": "7", "name": None})

    def test_an_answer_that_tells_nobody_is_no_success_and_one_of_nothing_is_no_user(self) -> None:
        for answer in ["{}", "null", "[]", '{"id":null,"name":"Ada"}', '{"id":""}', "7"]:
            with self.assertRaisesRegex(InternalError, "^the write is done", msg=answer):
                MockVendor().on("POST", "/people", answer=answer).create_user(Example(), {})
        for status, answer in [(204, ABSENT), (200, ""), (201, " \n")]:
            vendor = MockVendor().on("POST", "/people", status=status, answer=answer)
            self.assertIsNone(vendor.create_user(Example(), {}))

    def test_a_failure_under_a_status_of_success_is_refused(self) -> None:
        signs: list[dict[str, Any]] = [
            {"success": False},
            {"ok": "false"},
            {"STATUS": "Error", "MESSAGE": "no"},
            {"error": 400},
            {"data": None, "errors": [{"message": "no"}]},
        ]
        for answer in signs:
            with self.assertRaises(Refused, msg=str(answer)):
                MockVendor().on("POST", "/people", answer=answer).create_user(Example(), {})
        answer = {"id": 7, "success": True, "error": None, "errors": []}
        vendor = MockVendor().on("POST", "/people", answer=answer)
        self.assertEqual(vendor.create_user(Example(), {}), {"id": "7", "name": None})
        for wants_user in (True, False):
            vendor = MockVendor(wants_user=wants_user).on("POST", "/x", answer={"code": 3})
            with self.assertRaises(Refused) as raised:
                vendor._run(lambda call: call.post("/x").send().refused_if(lambda answer: answer["code"] != 0))
            self.assertEqual((raised.exception.kind, raised.exception.message), ("refused", ""))

    def test_a_mapping_that_fails_says_what_is_done(self) -> None:
        vendor = MockVendor().on("POST", "/x", answer={"message": "done"})
        with self.assertRaisesRegex(InternalError, "^the write is done.*expects$"):
            vendor._run(lambda call: call.post("/x").primary().send().user(lambda answer: {"id": answer["user"]["id"]}))

    def test_a_search_by_post_has_written_nothing(self) -> None:
        class Searching(Example):
            capabilities = Capabilities(
                slug="searching",
                label="Searching",
                origins=["https://api.example.com"],
                operations=[Support.list("user-directory", Listing(usual=2, most=2))],
            )

            def get_user(self, call: Call, id: str) -> User | None:
                return call.post("/search").primary().send().user(self.read)

            def list_users(self, call: Call, page: Page) -> UsersPage:
                return call.post("/search").primary().send().users_in("people", self.read).last()

        for answer, message in [
            ("{}", "^cannot read the vendor's answer"),
            ("no", "^cannot read the vendor's answer"),
            ("<!DOCTYPE html>", "^the vendor answered with a page for people$"),
        ]:
            vendor = MockVendor().on("POST", "/search", answer=answer)
            with self.assertRaisesRegex(InternalError, message):
                vendor.get_user(Searching(), "7")
            with self.assertRaisesRegex(InternalError, message):
                vendor.list_users(Searching(), size=2)

    def test_identifiers_keep_their_digits_and_booleans_have_many_spellings(self) -> None:
        for digits in ["9007199254740993", "18446744073709551616", "-9223372036854775809"]:
            vendor = MockVendor().on("POST", "/people", answer=f'{{"id":{digits}}}')
            self.assertEqual(vendor.create_user(Example(), {}), {"id": digits, "name": None})
        self.assertEqual([identifier(value) for value in (7, "7", 0, "", None)], ["7", "7", "0", None, None])
        self.assertEqual([flag(value) for value in (True, 1, "1", "True", "yes")], [True] * 5)
        self.assertEqual([flag(value) for value in (False, 0, "0", "false", "NO")], [False] * 5)
        self.assertIsNone(flag(None))
        for value in (2, "", "on leave", {}):
            with self.assertRaises(ValueError):
                flag(value)

    def test_what_is_not_offered_is_unsupported(self) -> None:
        class Nothing(Integration):
            capabilities = Capabilities(
                slug="nothing",
                label="Nothing",
                origins=["https://api.example.com"],
                operations=[Support.list("user-directory", Listing(usual=1, most=1))],
            )

        for verb, ask in [
            ("create", lambda vendor: vendor.create_user(Nothing(), {})),
            ("update", lambda vendor: vendor.update_user(Nothing(), "7", {})),
            ("get", lambda vendor: vendor.get_user(Nothing(), "7")),
            ("list", lambda vendor: vendor.list_users(Nothing(), size=1)),
            ("delete", lambda vendor: vendor.delete_user(Nothing(), "7")),
        ]:
            with self.assertRaisesRegex(Unsupported, f"this integration does not {verb} users"):
                ask(MockVendor())

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
        self.assertEqual(query_support(support), [FieldSupport("user_id", "required"), FieldSupport("groups", "writable")])
        self.assertEqual(
            request_support(support),
            [
                FieldSupport("name", "required", note="the full one"),
                FieldSupport("roles", "writable", values=["admin"]),
                FieldSupport("avatar", "ignored", note="read only"),
                FieldSupport("color", "writable", json_type="string"),
            ],
        )

    def test_the_sign_ins_of_oauth_are_spelled_out(self) -> None:
        refresh = Exchange.refresh("https://www.example.com/token", basic=True, scope="users")
        self.assertEqual(list(refresh.fields), ["grant_type", "refresh_token", "scope"])
        self.assertEqual((refresh.basic, refresh.plain_basic), (("{client_id}", "{client_secret}"), False))
        self.assertEqual(list(refresh.answers), ["access_token", "refresh_token"])
        self.assertEqual(Auth.bearer("{access_token}", refresh).params, {"token": "{access_token}"})

    def test_everything_that_is_exported_is_documented(self) -> None:
        for name in mortise_sdk.__all__:
            exported = getattr(mortise_sdk, name)
            if inspect.isclass(exported):
                self.assertTrue(exported.__doc__, name)


if __name__ == "__main__":
    unittest.main()
