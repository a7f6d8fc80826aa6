import json
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mortise_sdk as sdk
from mortise_sdk import ABSENT, Call, Capabilities, Integration, User
from mortise_sdk.testing import MockVendor

# Every case by the name of its function. A missing member of a case means: not given, or not expected.
CASES: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parents[2] / "cases/mapping.json").read_text())

Case = dict[str, Any]


class Quiet:
    """Takes the place of a host in a call."""

    def __init__(self, wants_user: bool) -> None:
        self.is_wanted = wants_user
        self.logs: list[str] = []

    def wants_user(self) -> bool:
        return self.is_wanted

    def log(self, level: str, message: str) -> None:
        self.logs.append(message)


def told(read: Case) -> Any:
    """The value that a function read, or its failure."""
    if "kind" in read:
        raise sdk.Failure(read["kind"], read.get("message", ""), field=read.get("field"))
    return read


def names(case: Case, call: Call) -> Case:
    parts = zip(("first", "last"), sdk.names(case["user"]))
    return {part: name for part, name in parts if name is not ABSENT}


def after(case: Case, call: Call) -> None:
    with sdk.after(case["done"]):
        told(case["failure"])


def of_user(function: Callable[[Any], Any]) -> Callable[[Case, Call], Any]:
    return lambda case, call: function(case["user"])


def of_field(function: Callable[[Any, str], Any]) -> Callable[[Case, Call], Any]:
    return lambda case, call: function(case.get("value", ABSENT), case["field"])


def of_answer(function: Callable[[Any], Any]) -> Callable[[Case, Call], Any]:
    """Reads a value of a vendor's answer. ``None`` means no value."""
    return lambda case, call: function(case.get("value"))


def or_absent(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: ABSENT if (found := function(value)) is None else found


# The call that each function name of the table stands for.
FUNCTIONS: dict[str, Callable[[Case, Call], Any]] = {
    "primary_email": of_user(sdk.primary_email),
    "other_emails": of_user(sdk.other_emails),
    "names": names,
    "full_name": of_user(sdk.full_name),
    "required": of_field(sdk.required),
    "not_null": of_field(sdk.not_null),
    "or_empty": lambda case, call: sdk.or_empty(case.get("value", ABSENT), case["empty"]),
    "single": of_field(sdk.single),
    "role_words": of_user(sdk.role_words),
    "roles": of_answer(sdk.roles),
    "roles_by_id": of_answer(sdk.roles_by_id),
    "main_phone": of_user(sdk.main_phone),
    "mobile_phone": of_user(sdk.mobile_phone),
    "main_and_mobile": lambda case, call: sdk.main_and_mobile(case.get("main"), case.get("mobile")),
    "identifier": of_answer(or_absent(sdk.identifier)),
    "numeric_id": lambda case, call: sdk.numeric_id(case["id"]),
    "text": of_answer(sdk.text),
    "flag": of_answer(or_absent(sdk.flag)),
    "millis": of_answer(sdk.millis),
    "date_time": of_answer(sdk.date_time),
    "read_back": lambda case, call: or_absent(call.read_back)(lambda: told(case["read"])),
    "read_back_user": lambda case, call: call.read_back_user(case["id"], lambda: told(case["read"])),
    "after": after,
}


def run(name: str, case: Case, call: Call) -> Case:
    """The result of a case, in the form that the table has."""
    try:
        gives = FUNCTIONS[name](case, call)
    except sdk.Failure as failure:
        found = {"kind": failure.kind, "field": failure.field, "message": failure.message}
        return {"fails": {member: text for member, text in found.items() if text is not None}}
    return {} if gives is ABSENT else {"gives": gives}


class Mapping(unittest.TestCase):
    def test_mappings_do_what_the_table_of_all_languages_says(self) -> None:
        self.assertEqual(sorted(CASES), sorted(FUNCTIONS))
        for name, case in ((name, case) for name, cases in CASES.items() for case in cases):
            with self.subTest(name, case=case):
                host = Quiet(case.get("wants_user", True))
                expected = {member: case[member] for member in ("gives", "fails") if member in case}
                self.assertEqual(run(name, case, Call("crm", host)), expected)  # type: ignore[arg-type]
                self.assertEqual(host.logs, case.get("logs", []))

    def test_what_cannot_be_read_is_no_text_boolean_or_time(self) -> None:
        unreadable: list[tuple[Callable[[Any], Any], list[Any]]] = [
            (sdk.text, [7, [], {}, True]),
            (sdk.flag, [2, "", "on leave", []]),
            (sdk.millis, ["", "soon", True, 0.5, "٧"]),
        ]
        for read, values in unreadable:
            for value in values:
                with self.subTest(value), self.assertRaises(ValueError):
                    read(value)

    def test_an_exception_after_a_write_says_what_is_done_too(self) -> None:
        with self.assertRaises(sdk.InternalError) as caught, sdk.after("user 7 was created"):
            json.loads("{")
        self.assertTrue(caught.exception.message.startswith("user 7 was created: the integration failed: JSONDecodeError"))
        self.assertIsInstance(caught.exception.__cause__, ValueError)

    def test_what_send_raises_has_the_vendors_answer(self) -> None:
        for status in (301, 409):
            vendor = MockVendor().on("POST", "/people", status=status, headers={"x-code": "7"}, answer={"code": "taken"})
            with self.subTest(status), self.assertRaises(sdk.InvalidInput) as caught:
                vendor.create_user(Refusing(), {})
            self.assertEqual((caught.exception.message, caught.exception.field), (f"{status} taken 7", "emails"))
        self.assertIsNone(sdk.NotFound("is gone").response)

    def test_a_user_can_have_fields_of_ones_own(self) -> None:
        vendor = MockVendor().on("POST", "/people", body={"color": "red"})
        self.assertIsNone(vendor.create_user(Painted(), {"color": "red"}))


class Refusing(Integration):
    """Reads the reason why the vendor creates no user."""

    capabilities = Capabilities(slug="example", label="Example", origins=["https://api.example.com"], operations=[])

    def create_user(self, call: Call, user: User) -> User | None:
        try:
            return call.post("/people").json(user).primary().send().user(lambda person: person)
        except sdk.Failure as failure:
            assert failure.response is not None
            said = f"{failure.response.status} {failure.response.json()['code']} {failure.response.header('x-code')}"
            raise sdk.InvalidInput(said, field="emails") from None


class PaintedUser(User, total=False):
    color: str | None


class Painted(Integration[PaintedUser]):
    """Declares an own field."""

    capabilities = Refusing.capabilities

    def create_user(self, call: Call, user: PaintedUser) -> User | None:
        call.post("/people").json({"color": user.get("color", ABSENT)}).primary().send()
        return None


if __name__ == "__main__":
    unittest.main()
