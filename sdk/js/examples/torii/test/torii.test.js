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
    emails: [],
    status: "inactive",
  });
});

test("a user of the console is made by SCIM with one role by name, and deleted there", () => {
  const users = "https://api.toriihq.com/v1.0/scim/v2/Users";
  const person = { userName: "ada@example.com", name: { givenName: "Ada", familyName: "Example" }, userType: "Admin" };
  const vendor = new MockVendor().on("POST", users, {
    body: { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], ...person, active: false },
    answer: { ...person, id: "7", active: false },
  });
  const user = { name: "Ada Example", emails: [{ email: "ada@example.com" }], roles: [{ id: "1", name: "Admin" }], status: "inactive" };
  const { roles, status } = vendor.createUser(torii, user);
  assert.deepEqual([roles, status], [[{ name: "Admin" }], "inactive"]);
  const administrator = { emails: [{ email: "ada@example.com" }], roles: [{ id: "admin" }] };
  const made = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "ada@example.com", userType: "Admin" };
  new MockVendor().on("POST", users, { body: made, answer: { id: "7" } }).createUser(torii, administrator);
  const nameless = { ...administrator, roles: [{ group: "3" }] };
  assert.throws(() => new MockVendor().createUser(torii, nameless), { kind: "invalid-input", field: "roles[0].name" });
  new MockVendor().on("DELETE", `${users}/7`, { status: 204 }).deleteUser(torii, "7");
});

test("a deletion leaves the person in the directory", () => {
  const { operations } = torii.capabilities;
  assert.equal(operations.find(({ operation }) => operation === "delete-user")?.effect, "unlinks");
});

test("a page is asked for as Torii wants it, and says where the next one begins", () => {
  const query = { size: "2", cursor: "Mg==", email: "ada@example.com", lifecycleStatus: "offboarded", sort: "lastName:desc" };
  const users = [{ id: 1000, email: "ada@example.com", lifecycleStatus: "offboarded" }];
  const vendor = new MockVendor().on("GET", "/users", { query, answer: { users, count: 1, total: 5, nextCursor: "Mw==" } });
  const filters = { email: "Ada@example.com", status: "inactive" };
  const sort = { field: "last_name", descending: true };
  const { rows, next } = vendor.listUsers(torii, { size: 2, cursor: "Mg==", filters, sort });
  assert.deepEqual(rows.map(({ id, status }) => [id, status]), [["1000", "inactive"]]);
  assert.equal(next, "Mw==");
  const last = new MockVendor().on("GET", "/users", { query: { size: "2" }, answer: { users: [], count: 0, total: 0 } });
  assert.equal(last.listUsers(torii, { size: 2 }).next, undefined);
});

test("a status that Torii does not have is the caller's mistake", () => {
  for (const status of ["invited", null]) {
    assert.throws(() => called().updateUser(torii, "1000", { status }), { kind: "invalid-input", field: "status" });
  }
});
