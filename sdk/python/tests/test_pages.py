import unittest
from collections.abc import Callable
from typing import Any

from mortise_sdk import (
    Call,
    Capabilities,
    Filter,
    Integration,
    InternalError,
    InvalidCursor,
    Listing,
    Page,
    Path,
    Refused,
    Response,
    Row,
    Rows,
    Sort,
    Support,
    User,
    UsersPage,
    identifier,
)
from mortise_sdk._capabilities import FieldSupport, query_support
from mortise_sdk._pointer import pointed
from mortise_sdk._rows import next_link, parameter_of
from mortise_sdk.testing import Listed, MockVendor


def read(person: Any) -> User:
    return {"id": identifier(person.get("id")), "name": person.get("name")}


class Example(Integration):
    capabilities = Capabilities(
        slug="example",
        label="Example",
        origins=["https://api.example.com"],
        operations=[
            Support.get("user-directory", response=["id", "name"]),
            Support.list(
                "user-directory",
                Listing(usual=2, most=5),
                query=["email", "created_at[gte]"],
                query_values={"sort_by[name]": ["asc", "desc"]},
                response=["id", "name"],
            ),
            Support.delete("user-directory", "deactivates"),
        ],
    )

    def get_user(self, call: Call, id: str) -> User | None:
        return call.get(Path("/people") / id).primary().send().user(read)

    def list_users(self, call: Call, page: Page) -> UsersPage:
        asked = call.get("/people").query("limit", page.size).query("after", page.cursor)
        sent = asked.query("email", page.filter("email")).primary().send()
        return sent.users_in("data", read).next(lambda rows: rows.text("/meta/next"))

    def delete_user(self, call: Call, id: str) -> None:
        call.delete(Path("/people") / id).primary().send().empty()


class ListingBy(Example):
    """The example, with another ``list_users``."""

    def __init__(self, list_users: Callable[[Call], UsersPage]) -> None:
        self._list_users = list_users

    def list_users(self, call: Call, page: Page) -> UsersPage:
        return self._list_users(call)


def listed(make: Callable[[Response], UsersPage], answer: Any, **options: Any) -> Listed:
    """The page that ``make`` makes of the answer to one request."""
    headers = options.pop("headers", None)
    vendor = MockVendor(**options).on("GET", "/x", answer=answer, headers=headers)
    return vendor.list_users(ListingBy(lambda call: make(call.get("/x").primary().send())), size=2)


class Pages(unittest.TestCase):
    def test_a_page_says_where_it_begins_and_what_is_asked_for(self) -> None:
        first = Page(20)
        self.assertEqual((first.cursor, first.number(), first.offset(), first.filter("email")), (None, 1, 0, None))
        since = "2026-01-01T00:00:00Z"
        filters = [Filter("email", "eq", "ada@example.com"), Filter("created_at", "gte", since)]
        page = Page(20, "40", filters, Sort("name", descending=True))
        self.assertEqual((page.number(), page.offset()), (40, 40))
        self.assertEqual((page.filter("email"), page.filter("created_at")), ("ada@example.com", None))
        self.assertEqual((page.bound("created_at", "gte"), page.bound("created_at", "lt")), (since, None))

    def test_a_cursor_that_is_no_number_is_invalid_where_one_is_needed(self) -> None:
        for cursor in ["", "x", "-1", "1.5", "1e3", " 1", "1\n", "\u0661", "9" * 5000]:
            for ask in (Page.number, Page.offset):
                with self.assertRaises(InvalidCursor, msg=repr(cursor[:20])) as raised:
                    ask(Page(1, cursor))
                self.assertEqual((raised.exception.kind, raised.exception.message), ("invalid-cursor", ""))

    def test_users_are_read_listed_and_deleted(self) -> None:
        got = MockVendor().on("GET", "/people/7", answer={"id": 7, "name": "Ada"})
        self.assertEqual(got.get_user(Example(), "7"), {"id": "7", "name": "Ada"})

        answer = {"data": [{"id": 1, "name": "Ada"}, {"id": "2"}], "meta": {"next": "k1"}}
        vendor = MockVendor().on("GET", "/people", query={"limit": "2", "email": "a@b.c"}, answer=answer)
        page = vendor.list_users(Example(), size=2, filters={"email": "a@b.c"})
        self.assertEqual(page, Listed([{"id": "1", "name": "Ada"}, {"id": "2", "name": None}], "k1", False))
        end = {"data": [], "meta": {"next": ""}}
        last = MockVendor().on("GET", "/people", query={"limit": "2", "after": "k1"}, answer=end)
        self.assertEqual(last.list_users(Example(), size=2, cursor="k1"), Listed([], None, False))

        MockVendor().on("DELETE", "/people/7", status=204).delete_user(Example(), "7")
        MockVendor().on("DELETE", "/people/7", answer="OK").delete_user(Example(), "7")
        with self.assertRaises(Refused):
            MockVendor().on("DELETE", "/people/7", answer={"success": False}).delete_user(Example(), "7")

    def test_a_row_says_where_it_stands_in_the_answer(self) -> None:
        people = [{"id": 1}, {"id": 2}]
        edges = {"edges": [{"node": person} for person in people]}
        cases: list[tuple[Callable[[Response], Rows], Any, list[str]]] = [
            (lambda sent: sent.users(read), people, ["/0", "/1"]),
            (lambda sent: sent.users_in("data", read), {"data": people}, ["/data/0", "/data/1"]),
            (lambda sent: sent.users_in("/a~1b/1", read), {"a/b": [0, people]}, ["/a~1b/1/0", "/a~1b/1/1"]),
            (lambda sent: sent.users_below("/edges", "/node", read), edges, ["/edges/0/node", "/edges/1/node"]),
        ]
        for rows, answer, sources in cases:
            pages: list[UsersPage] = []

            def kept(sent: Response) -> UsersPage:
                pages.append(rows(sent).last())
                return pages[0]

            self.assertEqual([user["id"] for user in listed(kept, answer).rows], ["1", "2"])
            expected = [Row({"id": id, "name": None}, source) for id, source in zip(["1", "2"], sources)]
            self.assertEqual(pages[0].rows, expected)

    def test_rows_that_are_not_wanted_are_left_out_and_where_the_next_page_begins_is_not(self) -> None:
        answer = {"data": [{"id": 1}, "no user"], "meta": {"next": 7}}

        def make(sent: Response) -> UsersPage:
            return sent.users_in("data", read).next(lambda rows: f"{rows.text('/meta/next')} of {rows.count}")

        self.assertEqual(listed(make, answer, wants_user=False), Listed([], "7 of 2", False))

    def test_a_page_that_cannot_be_read_whole_is_an_error_that_names_the_place(self) -> None:
        def make(sent: Response) -> UsersPage:
            return sent.users_in("data", read).last()

        for answer, message in [
            ({"data": {"id": 1}}, "^cannot read the vendor's answer: there is no list at `/data`$"),
            ([], "there is no list at `/data`$"),
            ("no JSON", "not JSON$"),
            ({"data": [{"id": 1}, {"name": "Ada"}]}, "`/data/1`: it does not identify a user$"),
            ({"data": [{"id": 1}, None]}, "`/data/1`: it is not what the integration expects$"),
        ]:
            with self.assertRaisesRegex(InternalError, message):
                listed(make, answer)
        with self.assertRaises(Refused):
            listed(make, {"error": {"message": "no"}})

    def test_where_the_next_page_begins_is_found_by_the_vendors_own_sign(self) -> None:
        answer = {
            "data": [{"id": 1}],
            "page": 3,
            "pages": "4",
            "half": 1.5,
            "more": True,
            "less": "true",
            "none": "",
            "nothing": None,
            "url": "https://x.io/u?after=a%2Bb%3D",
        }
        headers = {"link": '<https://x.io/u?p=1>; rel="prev", </u?p=2&x=1>; rel="next"', "x-next": "9"}
        nowhere = ["/none", "/nothing", "/more", "/data/1", "/data"]
        cases: list[tuple[Callable[[Rows], Any], str | None]] = [
            (lambda rows: rows.text("/page"), "3"),
            (lambda rows: (rows.number("/page") or 0) + (rows.number("/pages") or 0), "7"),
            (lambda rows: rows.flag("/more") and 4, "4"),
            (lambda rows: rows.flag("/less") and 4, None),
            (lambda rows: rows.query_of("/url", "after"), "a+b="),
            (lambda rows: rows.query_of("/url", "before"), None),
            (lambda rows: rows.link("p"), "2"),
            (lambda rows: rows.header("x-next"), "9"),
            (lambda rows: rows.number("/half"), None),
            (lambda rows: next(filter(None, map(rows.text, nowhere)), None), None),
            (lambda rows: "", None),
        ]
        for find, expected in cases:
            page = listed(lambda sent: sent.users_in("data", read).next(find), answer, headers=headers)
            self.assertEqual(page.next, expected)

    def test_the_next_link_is_found_however_it_is_written(self) -> None:
        for header in [
            '<https://x.io/u?after=a%2Bb%3D>; rel="next"',
            '<https://x.io/u?after=1>; rel="prev", <https://x.io/u?page=2&after=a%2Bb%3D>; rel=next',
            '<https://x.io/u?a=1,2>; title="a, b"; rel=prev,'
            '<https://x.io/u?after=a%2Bb%3D#f>;title="x, <y>; rel=prev";REL="last next"',
            '</u?after=a%2Bb%3D>;rel="NEXT"',
        ]:
            self.assertEqual(parameter_of(next_link(header) or "", "after"), "a+b=", header)
        for header in ["", '<https://x.io/u?after=1>; rel="prev"', "<https://x.io", "<x>; rel=nextish", "<" * 100_000]:
            self.assertIsNone(next_link(header), header[:40])

    def test_a_parameter_is_decoded_once_and_a_plus_stays(self) -> None:
        for url, value in [
            ("https://x.io/u?pageKey=a+b%2Fc%3D%3D%252B", "a+b/c==%2B"),
            ("/u?x=1&page%4Bey=2", "2"),
            ("/u?pageKey=a=b%zz#pageKey=c", "a=b%zz"),
            ("/u?pageKey=%ff", None),
            ("/u?pageKey=\ud800", None),
            ("/u?pageKey=", None),
            ("/u", None),
        ]:
            self.assertEqual(parameter_of(url, "pageKey"), value)

    def test_a_pointer_leads_to_what_the_answer_has_and_to_nothing_else(self) -> None:
        answer = {"a/b": [{"~": 1}, 2], "": 3}
        self.assertIs(pointed(answer, ""), answer)
        for pointer, found in [("/a~1b/0/~0", 1), ("/a~1b/1", 2), ("/", 3)]:
            self.assertEqual(pointed(answer, pointer), found)
        for pointer in ["a", "/a", "/a~1b/2", "/a~1b/01", "/a~1b/-", "/a~1b/-1", "/a~1b/1/x"]:
            self.assertIsNone(pointed(answer, pointer), pointer)

    def test_a_mock_asks_only_for_what_is_declared(self) -> None:
        since = "2026-01-01T00:00:00Z"
        cases: list[tuple[dict[str, Any], str]] = [
            ({"size": 6}, "1 to 5 rows, not 6"),
            ({"size": 2, "filters": {"name": "Ada"}}, "`name` is not declared"),
            ({"size": 2, "filters": {"created_at[lt]": since}}, r"`created_at\[lt\]` is not declared"),
            ({"size": 2, "sort": Sort("id")}, r"`sort_by\[id\]` is not declared"),
        ]
        for page, message in cases:
            with self.assertRaisesRegex(AssertionError, message):
                MockVendor().list_users(Example(), **page)
        with self.assertRaisesRegex(AssertionError, "does not declare how it lists in crm"):
            MockVendor("crm").list_users(Example(), size=2)
        vendor = MockVendor().on("GET", "/people", answer={"data": []})
        filters = {"email": "a@b.c", "created_at[gte]": since}
        vendor.list_users(Example(), size=5, cursor="k", filters=filters, sort=Sort("name", descending=True))

    def test_a_mock_holds_rows_against_the_primary_answer_and_a_deletion_to_one_write(self) -> None:
        cases: list[tuple[list[Row], str]] = [
            ([Row({"name": "Ada"})], "a row has no `id`"),
            ([Row({"id": "1"}), Row({"id": "1"})], "two rows have the `id` 1"),
            ([Row({"id": "1"}, "/1")], "`/1` leads to nothing"),
            ([Row({"id": "1"}, "/0"), Row({"id": "2"}, "/0")], "two rows stand at `/0`"),
        ]
        for rows, message in cases:
            with self.assertRaisesRegex(AssertionError, message):
                listed(lambda _sent: UsersPage(rows), [{"id": 1}])

        class Eager(Example):
            def delete_user(self, call: Call, id: str) -> None:
                for _ in range(2):
                    call.delete("/x").send()

        with self.assertRaisesRegex(AssertionError, "one request that is no GET, not 2"):
            MockVendor().on("DELETE", "/x").on("DELETE", "/x").delete_user(Eager(), "7")

    def test_how_an_integration_lists_and_deletes_is_declared(self) -> None:
        get, list_users, delete = Example.capabilities.operations
        self.assertEqual((get.operation, get.listing, get.effect), ("get-user", None, None))
        self.assertEqual(
            query_support(list_users),
            [
                FieldSupport("email", "writable"),
                FieldSupport("created_at[gte]", "writable"),
                FieldSupport("sort_by[name]", "writable", values=["asc", "desc"]),
            ],
        )
        self.assertEqual((list_users.operation, list_users.listing), ("list-users", Listing(usual=2, most=5)))
        self.assertEqual((delete.operation, delete.effect, delete.response), ("delete-user", "deactivates", ()))


if __name__ == "__main__":
    unittest.main()
