import assert from "node:assert/strict";
import { test } from "node:test";

import { MockVendor } from "mortise-sdk/testing";

import torii from "../src/index.js";

const called = () => new MockVendor({ parameters: { user_id: "1000" } });

test("a user who has left is inactive", () => {
  const vendor = called().on("PUT", "/users/1000", {
    body: { lifecycleStatus: "offboarded" },
    answer: { user: { id: 1000, firstName: "Ada", lastName: null, lifecycleStatus: "offboarded" } },
  });
  assert.deepEqual(vendor.updateUser(torii, "1000", { status: "deleted" }), {
    id: "1000",
    name: "Ada",
    first_name: "Ada",
    last_name: null,
    emails: [],
    roles: [],
    status: "inactive",
    organizations: [],
  });
});

test("a status that Torii does not have is the caller's mistake", () => {
  for (const status of ["invited", null]) {
    assert.throws(() => called().updateUser(torii, "1000", { status }), { kind: "invalid-input", field: "status" });
  }
});
