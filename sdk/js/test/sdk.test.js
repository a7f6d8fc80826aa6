import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { Failure, InvalidInput, auth, defineIntegration, exchange, path, secret, variable } from "mortise-sdk";
import * as sdk from "mortise-sdk";
import { MockVendor } from "mortise-sdk/testing";

import { declaration } from "../src/declaration.js";

const example = defineIntegration({
  capabilities: { slug: "example", label: "Example", origins: ["https://api.example.com"], operations: [] },
  createUser(call, user) {
    call.info("creating");
    const tags = call.parameter("groups");
    const sent = call.post("/people").query("notify", false).query("none", undefined).json({ name: user.name, title: user.title, tags });
    return sent.primary().send().user((person) => ({ id: String(person.id), name: person.name ?? null }));
  },
  updateUser(call, id, user) {
    call.put(path`/sites/${call.variable("site")}/people/${id}`).form({ name: user.name, on: true, no: undefined }).send();
  },
});

test("a member that is missing stays missing, and null stays null", () => {
  for (const [user, body] of [
    [{}, {}],
    [{ name: null }, { name: null }],
    [{ name: "Ada" }, { name: "Ada" }],
  ]) {
    const vendor = new MockVendor().on("POST", "/people", { body, query: { notify: "false" }, answer: { id: 7 } });
    assert.deepEqual(vendor.createUser(example, user), { id: "7", name: null });
    assert.deepEqual(vendor.requests[0].headers, { "content-type": "application/json" });
    assert.equal(vendor.requests[0].primary, true);
    assert.deepEqual(vendor.logs, [{ level: "info", message: "creating" }]);
  }
});

test("parameters are read as JSON", () => {
  const vendor = new MockVendor({ parameters: { groups: ["a"] } }).on("POST", "/people", { body: { tags: ["a"] }, answer: {} });
  vendor.createUser(example, {});
});

test("an answer that is not wanted is not read", () => {
  const vendor = new MockVendor({ wantsUser: false }).on("POST", "/people", { answer: "no JSON" });
  assert.equal(vendor.createUser(example, {}), undefined);
});

test("a segment is always one segment, and a form is encoded", () => {
  const vendor = new MockVendor({ variables: { site: "a b" } });
  vendor.on("PUT", "/sites/a%20b/people/%C3%A4%3F%23%25%27", { form: "name=A%26%2B%27&on=true" });
  assert.equal(vendor.updateUser(example, "ä?#%'", { name: "A&+'" }), undefined);
  for (const id of ["", ".", "..", "a/b", "a\\b", "a\nb", "\u0085", undefined, null]) {
    assert.throws(() => path`/users/${id}`, { kind: "invalid-input" }, JSON.stringify(id));
  }
  assert.equal(String(path`/v2/${184}.json`), "/v2/184.json");
});

test("a status of the vendor is a failure unless the mapping asks for it", () => {
  for (const [status, kind] of [[404, "vendor"], [500, "vendor"], [302, "internal"]]) {
    const vendor = new MockVendor().on("POST", "/people", { status, answer: {} });
    assert.throws(() => vendor.createUser(example, {}), (error) => error instanceof Failure && error.kind === kind);
  }
  const lenient = { ...example, createUser: (call) => ({ title: String(call.get("/x").sendAny().status) }) };
  assert.deepEqual(new MockVendor().on("GET", "/x", { status: 404 }).createUser(lenient, {}), { title: "404" });
});

test("an answer that is no JSON is named", () => {
  const vendor = new MockVendor().on("POST", "/people", { answer: "<html>" });
  assert.throws(() => vendor.createUser(example, {}), { kind: "internal", message: /not JSON/ });
});

test("what is not offered is unsupported, and what is async is told so", () => {
  assert.throws(() => new MockVendor().createUser({ ...example, createUser: undefined }, {}), { kind: "unsupported" });
  const eager = { ...example, createUser: async () => undefined };
  assert.throws(() => new MockVendor().createUser(eager, {}), { kind: "internal", message: /async/ });
});

test("a required parameter is named", () => {
  const asking = { ...example, createUser: (call) => call.requiredParameter("user_id") };
  assert.throws(() => new MockVendor().createUser(asking, {}), (error) => error instanceof InvalidInput && error.field === "user_id");
});

test("capabilities become the declaration of the contract", () => {
  const declared = declaration({
    slug: "example",
    label: "Example",
    origins: ["https://{site}.example.com"],
    variables: [secret("key", "Key"), variable("site", "Site", "www"), { ...variable("note", "Note"), required: false }],
    auth: [auth.bearer("{access_token}", exchange.clientCredentials("https://www.example.com/token", { scope: "users" }))],
    limits: [{ requests: 10, seconds: 1 }],
    headers: ["x-api-version"],
    errorMessages: ["/error/detail"],
    operations: [
      {
        category: "ticketing",
        operation: "create-user",
        queryRequired: ["user_id"],
        required: ["name"],
        writable: ["roles"],
        ignored: { avatar: "read only" },
        values: { roles: ["admin"] },
        own: { color: "string" },
        notes: { name: "the full one" },
        response: ["id"],
      },
    ],
  });
  assert.deepEqual([declared.headers, declared.errorMessages], [["x-api-version"], ["/error/detail"]]);
  const row = (field, level, rest = {}) => ({ field, level, values: [], jsonType: undefined, note: undefined, ...rest });
  assert.deepEqual(declared.operations[0], {
    category: "ticketing",
    operation: "create-user",
    query: [row("user_id", "required")],
    request: [
      row("name", "required", { note: "the full one" }),
      row("roles", "writable", { values: ["admin"] }),
      row("avatar", "ignored", { note: "read only" }),
      row("color", "writable", { jsonType: "string" }),
    ],
    response: ["id"],
  });
  assert.deepEqual(
    declared.variables.map(({ name, required, secret }) => [name, required, secret]),
    [["key", true, true], ["site", false, false], ["note", false, false]],
  );
  assert.deepEqual(declared.auth[0].exchange, {
    kind: "oauth2-client-credentials",
    method: "post",
    url: "https://www.example.com/token",
    encoding: "form",
    fields: [["grant_type", "client_credentials"], ["client_id", "{client_id}"], ["client_secret", "{client_secret}"], ["scope", "users"]],
    basic: undefined,
    headers: [],
    answers: [{ name: "access_token", pointer: "/access_token", secret: true }],
    lifetime: { pointer: "/expires_in", seconds: 3600 },
  });
  const refresh = exchange.refresh("https://x", { basic: true });
  assert.deepEqual([refresh.basic, Object.keys(refresh.answers)], [["{client_id}", "{client_secret}"], ["access_token", "refresh_token"]]);
  assert.deepEqual(Object.keys(refresh.fields), ["grant_type", "refresh_token"]);
});

test("everything that is exported has its types", async () => {
  const types = await readFile(new URL("../src/index.d.ts", import.meta.url), "utf8");
  for (const name of Object.keys(sdk)) {
    assert.match(types, new RegExp(`export (class|const|function) ${name}\\b`));
  }
});
