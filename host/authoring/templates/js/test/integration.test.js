import assert from "node:assert/strict";
import { test } from "node:test";

import { MockVendor } from "mortise-sdk/testing";

import integration from "../src/index.js";

const person = { id: "7", full_name: "Ada Example", email: "ada@example.com", suspended: true };

test("a suspended person is inactive", () => {
  const vendor = new MockVendor().on("PATCH", "/people/7", { body: { picture: null }, answer: { person } });
  assert.deepEqual(vendor.updateUser(integration, "7", { avatar: null }), {
    id: "7",
    name: "Ada Example",
    emails: [{ email: "ada@example.com", is_primary: true }],
    status: "inactive",
  });
});

test("a name that the vendor cannot clear is the caller's mistake", () => {
  assert.throws(() => new MockVendor().updateUser(integration, "7", { name: null }), { field: "name" });
});

test("a page with a row that is no person fails and names its place", () => {
  const answer = { people: [person, { full_name: "Ada Example" }], next: null };
  const vendor = new MockVendor({ category: "ticketing" }).on("GET", "/people", { query: { limit: "50" }, answer });
  assert.throws(() => vendor.listUsers(integration, { size: 50 }), /`\/people\/1`/);
});
