import assert from "node:assert/strict";
import { test } from "node:test";

import { InvalidCursor, Page, defineIntegration, identifier, path } from "mortise-sdk";
import { MockVendor } from "mortise-sdk/testing";

import { declaration } from "../src/declaration.js";
import { pointed } from "../src/pointer.js";
import { nextLink, parameterOf } from "../src/rows.js";

const read = ({ id, name }) => ({ id: identifier(id), name });

const example = defineIntegration({
  capabilities: {
    slug: "example",
    label: "Example",
    origins: ["https://api.example.com"],
    operations: [
      { category: "user-directory", operation: "get-user", response: ["id", "name"] },
      {
        category: "user-directory",
        operation: "list-users",
        query: ["email", "created_at[gte]"],
        queryValues: { "sort_by[name]": ["asc", "desc"] },
        response: ["id", "name"],
        listing: { usual: 2, most: 5 },
      },
      { category: "user-directory", operation: "delete-user", effect: "deactivates" },
    ],
  },
  getUser(call, id) {
    return call.get(path`/people/${id}`).primary().send().user(read);
  },
  listUsers(call, page) {
    const sent = call.get("/people").query("limit", page.size).query("after", page.cursor).query("email", page.filter("email"));
    return sent.primary().send().usersIn("data", read).next((rows) => rows.text("/meta/next"));
  },
  deleteUser(call, id) {
    call.delete(path`/people/${id}`).primary().send().empty();
  },
});

/** The example, with another `listUsers`. */
const listing = (listUsers) => ({ ...example, listUsers });

/** The page that `list` makes of the answer to one request. */
const listed = (list, answer, { headers, ...options } = {}) => {
  const vendor = new MockVendor(options).on("GET", "/x", { answer, headers });
  return vendor.listUsers(listing((call) => list(call.get("/x").primary().send())), { size: 2 });
};

test("a page says where it begins and what is asked for", () => {
  const first = new Page({ size: 20 });
  assert.deepEqual([first.size, first.cursor, first.number(), first.offset(), first.filter("email")], [20, undefined, 1, 0, undefined]);
  const filters = [
    { field: "email", operator: "eq", value: "ada@example.com" },
    { field: "created_at", operator: "gte", value: "2026-01-01T00:00:00Z" },
  ];
  const page = new Page({ size: 20, cursor: "40", filters, sort: { field: "name", descending: true } });
  assert.deepEqual([page.cursor, page.number(), page.offset(), page.sort.descending], ["40", 40, 40, true]);
  assert.deepEqual([page.filter("email"), page.filter("created_at")], ["ada@example.com", undefined]);
  assert.deepEqual([page.bound("created_at", "gte"), page.bound("created_at", "lt")], ["2026-01-01T00:00:00Z", undefined]);
});

test("a cursor that is no number is invalid where one is needed", () => {
  for (const cursor of ["", "x", "-1", "1.5", "1e3", " 1", "9007199254740993"]) {
    for (const ask of ["number", "offset"]) {
      assert.throws(() => new Page({ size: 1, cursor })[ask](), { kind: "invalid-cursor", message: "" }, cursor);
    }
  }
});

test("users are read, listed and deleted", () => {
  const got = new MockVendor().on("GET", "/people/7", { answer: { id: 7, name: "Ada" } });
  assert.deepEqual(got.getUser(example, "7"), { id: "7", name: "Ada" });

  const data = [{ id: 1, name: "Ada" }, { id: "2" }];
  const answer = { data, meta: { next: "k1" } };
  const vendor = new MockVendor().on("GET", "/people", { query: { limit: "2", email: "a@b.c" }, answer });
  const page = vendor.listUsers(example, { size: 2, filters: { email: "a@b.c" } });
  assert.deepEqual(page, { rows: [{ id: "1", name: "Ada" }, { id: "2" }], next: "k1", partial: false });
  const end = { data: [], meta: { next: "" } };
  const last = new MockVendor().on("GET", "/people", { query: { limit: "2", after: "k1" }, answer: end });
  assert.deepEqual(last.listUsers(example, { size: 2, cursor: "k1" }), { rows: [], next: undefined, partial: false });

  new MockVendor().on("DELETE", "/people/7", { status: 204 }).deleteUser(example, "7");
  new MockVendor().on("DELETE", "/people/7", { answer: "OK" }).deleteUser(example, "7");
  const refusing = new MockVendor().on("DELETE", "/people/7", { answer: { success: false } });
  assert.throws(() => refusing.deleteUser(example, "7"), { kind: "refused" });
});

test("a row says where it stands in the answer", () => {
  const people = [{ id: 1 }, { id: 2 }];
  const edges = { edges: people.map((node) => ({ node })) };
  for (const [list, answer, sources] of [
    [(sent) => sent.users(read), people, ["/0", "/1"]],
    [(sent) => sent.usersIn("data", read), { data: people }, ["/data/0", "/data/1"]],
    [(sent) => sent.usersIn("/a~1b/1", read), { "a/b": [0, people] }, ["/a~1b/1/0", "/a~1b/1/1"]],
    [(sent) => sent.usersBelow("/edges", "/node", read), edges, ["/edges/0/node", "/edges/1/node"]],
  ]) {
    let page;
    const kept = (sent) => (page = list(sent).last());
    assert.deepEqual(listed(kept, answer), { rows: [{ id: "1" }, { id: "2" }], next: undefined, partial: false });
    assert.deepEqual(page.rows.map(({ source }) => source), sources);
  }
});

test("rows that are not wanted are left out, and where the next page begins is not", () => {
  const answer = { data: [{ id: 1 }, "no user"], meta: { next: 7 } };
  const list = (sent) => sent.usersIn("data", read).next((rows) => `${rows.text("/meta/next")} of ${rows.count}`);
  assert.deepEqual(listed(list, answer, { wantsUser: false }), { rows: [], next: "7 of 2", partial: false });
});

test("a page that cannot be read whole is an error that names the place", () => {
  for (const [answer, message] of [
    [{ data: { id: 1 } }, /^cannot read the vendor's answer: there is no list at `\/data`$/],
    [[], /there is no list at `\/data`$/],
    ["no JSON", /not JSON$/],
    [{ data: [{ id: 1 }, { name: "Ada" }] }, /`\/data\/1`: it does not identify a user$/],
    [{ data: [{ id: 1 }, null] }, /`\/data\/1`: it is not what the integration expects$/],
  ]) {
    assert.throws(() => listed((sent) => sent.usersIn("data", read).last(), answer), { kind: "internal", message });
  }
  const failure = { error: { message: "no" } };
  assert.throws(() => listed((sent) => sent.usersIn("data", read).last(), failure), { kind: "refused" });
});

test("where the next page begins is found by the vendor's own sign", () => {
  const answer = {
    data: [{ id: 1 }],
    page: 3,
    pages: "4",
    half: 1.5,
    more: true,
    less: "true",
    none: "",
    nothing: null,
    url: "https://x.io/u?after=a%2Bb%3D",
  };
  const headers = { link: '<https://x.io/u?p=1>; rel="prev", </u?p=2&x=1>; rel="next"', "x-next": "9" };
  for (const [find, next] of [
    [(rows) => rows.text("/page"), "3"],
    [(rows) => rows.number("/page") + rows.number("/pages"), "7"],
    [(rows) => rows.queryOf("/url", "after"), "a+b="],
    [(rows) => rows.queryOf("/url", "before"), undefined],
    [(rows) => rows.link("p"), "2"],
    [(rows) => rows.header("X-Next"), "9"],
    [(rows) => rows.number("/half") ?? rows.text("/none") ?? rows.text("/nothing"), undefined],
    [(rows) => rows.text("/more") ?? rows.text("/data") ?? rows.text("/data/1"), undefined],
    [() => "", undefined],
    [(rows) => rows.flag("/less") && rows.number("/page") + 1, undefined],
    [(rows) => rows.flag("/more") && rows.number("/page") + 1, "4"],
  ]) {
    assert.equal(listed((sent) => sent.usersIn("data", read).next(find), answer, { headers }).next, next, String(find));
  }
});

test("the next link is found however it is written", () => {
  for (const header of [
    '<https://x.io/u?after=a%2Bb%3D>; rel="next"',
    '<https://x.io/u?after=1>; rel="prev", <https://x.io/u?page=2&after=a%2Bb%3D>; rel=next',
    '<https://x.io/u?a=1,2>; title="a, b"; rel=prev,<https://x.io/u?after=a%2Bb%3D#f>;title="x, <y>; rel=prev";REL="last next"',
    '</u?after=a%2Bb%3D>;rel="NEXT"',
  ]) {
    assert.equal(parameterOf(nextLink(header), "after"), "a+b=", header);
  }
  for (const header of [undefined, "", '<https://x.io/u?after=1>; rel="prev"', "<https://x.io", "<x>; rel=nextish", "<".repeat(1e5)]) {
    assert.equal(nextLink(header), undefined, header?.slice(0, 40));
  }
});

test("a parameter is decoded once and a plus stays", () => {
  for (const [url, value] of [
    ["https://x.io/u?pageKey=a+b%2Fc%3D%3D%252B", "a+b/c==%2B"],
    ["/u?x=1&page%4Bey=2", "2"],
    ["/u?pageKey=a=b%zz#pageKey=c", "a=b%zz"],
    ["/u?pageKey=%ff", undefined],
    ["/u?pageKey=", undefined],
    ["/u", undefined],
    [undefined, undefined],
  ]) {
    assert.equal(parameterOf(url, "pageKey"), value, url);
  }
});

test("a pointer leads to what the answer has and to nothing else", () => {
  const answer = { "a/b": [{ "~": 1 }, 2], "": 3 };
  assert.equal(pointed(answer, ""), answer);
  for (const [pointer, found] of [["/a~1b/0/~0", 1], ["/a~1b/1", 2], ["/", 3]]) assert.equal(pointed(answer, pointer), found);
  for (const pointer of ["a", "/a", "/a~1b/2", "/a~1b/01", "/a~1b/-", "/a~1b/length", "/constructor", "/a~1b/1/x"]) {
    assert.equal(pointed(answer, pointer), undefined, pointer);
  }
});

test("a mock asks only for what is declared", () => {
  for (const [page, message] of [
    [{ size: 6 }, /1 to 5 rows, not 6/],
    [{ size: 2, filters: { name: "Ada" } }, /`name` is not declared/],
    [{ size: 2, filters: { "created_at[lt]": "2026-01-01T00:00:00Z" } }, /`created_at\[lt\]` is not declared/],
    [{ size: 2, sort: { field: "id", descending: false } }, /`sort_by\[id\]` is not declared/],
  ]) {
    assert.throws(() => new MockVendor().listUsers(example, page), { name: "AssertionError", message });
  }
  assert.throws(() => new MockVendor({ category: "crm" }).listUsers(example, { size: 2 }), /does not declare how it lists/);
  const filters = { email: "a@b.c", "created_at[gte]": "2026-01-01T00:00:00Z" };
  const vendor = new MockVendor().on("GET", "/people", { answer: { data: [] } });
  vendor.listUsers(example, { size: 5, cursor: "k", filters, sort: { field: "name", descending: true } });
});

test("a mock holds rows against the primary answer, and a deletion to one write", () => {
  for (const [rows, message] of [
    [[{ user: { name: "Ada" } }], /a row has no `id`/],
    [[{ user: { id: "1" } }, { user: { id: "1" } }], /two rows have the `id` 1/],
    [[{ user: { id: "1" }, source: "/1" }], /`\/1` leads to nothing/],
    [[{ user: { id: "1" }, source: "/0" }, { user: { id: "2" }, source: "/0" }], /two rows stand at `\/0`/],
  ]) {
    assert.throws(() => listed(() => ({ rows }), [{ id: 1 }]), { name: "AssertionError", message });
  }
  const eager = { ...example, deleteUser: (call) => ["/x", "/x"].forEach((target) => call.delete(target).send()) };
  const vendor = new MockVendor().on("DELETE", "/x").on("DELETE", "/x");
  assert.throws(() => vendor.deleteUser(eager, "7"), { name: "AssertionError", message: /one request that is no GET, not 2/ });
});

test("a cursor that the vendor no longer takes is the integration's to tell", () => {
  const expired = listing(() => {
    throw new InvalidCursor();
  });
  assert.throws(() => new MockVendor().listUsers(expired, { size: 2, cursor: "old" }), { kind: "invalid-cursor" });
});

test("how an integration lists and deletes becomes the declaration of the contract", () => {
  const { operations } = declaration(example.capabilities);
  const row = (field, rest = {}) => ({ field, level: "writable", values: [], jsonType: undefined, note: undefined, ...rest });
  assert.deepEqual(operations[1].query, [row("email"), row("created_at[gte]"), row("sort_by[name]", { values: ["asc", "desc"] })]);
  const listed = { least: 1, most: 5, usual: 2, end: "told", order: "unstable", combines: true, partial: [], leavesOut: [] };
  assert.deepEqual(operations[1].listing, { ...listed, cursorSeconds: undefined, depth: undefined });
  const { effect, response, query, request } = operations[2];
  assert.deepEqual({ effect, response, query, request }, { effect: "deactivates", response: [], query: [], request: [] });
  const all = { least: 2, most: 9, usual: 3, end: "short", order: "stable", combines: false, partial: ["roles"], leavesOut: ["bots"] };
  const whole = { ...all, cursorSeconds: 60, depth: 100 };
  const support = { category: "crm", operation: "list-users", listing: whole };
  assert.deepEqual(declaration({ ...example.capabilities, operations: [support] }).operations[0].listing, whole);
});
