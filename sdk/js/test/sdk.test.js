import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import {
  Failure,
  InvalidInput,
  Refused,
  at,
  auth,
  defineIntegration,
  exchange,
  flag,
  identifier,
  path,
  secret,
  variable,
} from "mortise-sdk";
import * as sdk from "mortise-sdk";
import { MockVendor } from "mortise-sdk/testing";

import { declaration } from "../src/declaration.js";

const example = defineIntegration({
  capabilities: { slug: "example", label: "Example", origins: ["https://api.example.com"], operations: [] },
  createUser(call, user) {
    call.info("creating");
    const tags = call.parameter("groups");
    const sent = call.post("/people").query("notify", false).query("none", undefined).json({ name: user.name, title: user.title, tags });
    return sent.primary().send().user((person) => ({ id: identifier(person.id), name: person.name ?? null }));
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
  const vendor = new MockVendor({ parameters: { groups: ["a"] } }).on("POST", "/people", { body: { tags: ["a"] }, answer: { id: 7 } });
  vendor.createUser(example, {});
});

test("an answer that is not wanted may be anything but an error", () => {
  const refusing = new MockVendor({ wantsUser: false }).on("POST", "/people", { answer: { success: false } });
  assert.throws(() => refusing.createUser(example, {}), Refused);
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

const creates = (answer, options) => {
  const vendor = new MockVendor().on("POST", "/people", { answer, ...options });
  return () => vendor.createUser(example, {});
};

test("a page for people says nothing about a write, whether or not an answer is wanted", () => {
  const html = { "content-type": "text/html; charset=utf-8" };
  for (const [answer, headers] of [
    ["<!DOCTYPE html><title>Sign in</title>"],
    ["\ufeff\r\n <HTML lang=en>", { "content-type": "application/json" }],
    ['<?xml version="1.0"?>\n<!doctype html>'],
    ["<!-- maintenance -->"],
    ["We are back soon.", html],
  ]) {
    for (const wantsUser of [true, false]) {
      const vendor = new MockVendor({ wantsUser }).on("POST", "/people", { answer, headers });
      assert.throws(() => vendor.createUser(example, {}), { kind: "internal", message: /^the outcome is unknown/ }, answer);
    }
  }
  for (const [answer, headers] of [["<address>"], ["<user/>"], ["ok"]]) {
    assert.throws(creates(answer, { headers }), { kind: "internal", message: /^the write is done.*not JSON/ });
  }
  assert.deepEqual(creates('{"id":7}', { headers: html })(), { id: "7", name: null });
});

test("an answer that tells nobody is no success, and one of nothing is no user", () => {
  for (const answer of ["{}", "null", "[]", '{"id":null,"name":"Ada"}', '{"id":""}', "7"]) {
    assert.throws(creates(answer), { kind: "internal", message: /^the write is done/ }, answer);
  }
  for (const [status, answer] of [[204, undefined], [200, ""], [201, " \n"]]) {
    assert.equal(creates(answer, { status })(), undefined);
  }
});

test("a failure under a status of success is refused", () => {
  for (const answer of [
    { success: false },
    { ok: "false" },
    { STATUS: "Error", MESSAGE: "no" },
    { error: 400 },
    { data: null, errors: [{ message: "no" }] },
  ]) {
    assert.throws(creates(answer), { kind: "refused", message: "" }, JSON.stringify(answer));
  }
  assert.deepEqual(creates({ id: 7, success: true, error: null, errors: [] })(), { id: "7", name: null });
  const strict = { ...example, createUser: (call) => call.post("/x").primary().send().refusedIf((answer) => answer.code !== 0).user(String) };
  const vendor = new MockVendor({ wantsUser: false }).on("POST", "/x", { answer: { code: 3 } });
  assert.throws(() => vendor.createUser(strict, {}), (error) => error instanceof Refused);
});

test("a mapping that fails says what is done", () => {
  const broken = { ...example, createUser: (call) => call.post("/x").primary().send().user(({ user }) => ({ id: user.id })) };
  const vendor = () => new MockVendor().on("POST", "/x", { answer: { message: "done" } });
  assert.throws(() => vendor().createUser(broken, {}), { kind: "internal", message: /^the write is done.*expects$/ });
});

test("a search by POST has written nothing", () => {
  const search = (call) => call.post("/search").primary().send();
  const searching = {
    ...example,
    capabilities: {
      ...example.capabilities,
      operations: [{ category: "user-directory", operation: "list-users", listing: { usual: 2, most: 2 } }],
    },
    getUser: (call) => search(call).user(({ id }) => ({ id })),
    listUsers: (call) => search(call).usersIn("people", ({ id }) => ({ id })).last(),
  };
  for (const [answer, message] of [
    ["{}", /^cannot read the vendor's answer/],
    ["no", /^cannot read the vendor's answer/],
    ["<!DOCTYPE html>", /^the vendor answered with a page for people$/],
  ]) {
    const vendor = () => new MockVendor().on("POST", "/search", { answer });
    assert.throws(() => vendor().getUser(searching, "7"), { kind: "internal", message }, answer);
    assert.throws(() => vendor().listUsers(searching, { size: 2 }), { kind: "internal", message }, answer);
  }
});

test("identifiers keep their digits and booleans have many spellings", () => {
  for (const digits of ["9007199254740993", "18446744073709551616", "-9223372036854775809"]) {
    const answer = `{"a":"9007199254740993 \\"","id":${digits},"b":[1e20,9007199254740991]}`;
    assert.deepEqual(creates(answer)(), { id: digits, name: null });
  }
  assert.deepEqual([7, "7", 0, "", null, undefined].map(identifier), ["7", "7", "0", undefined, undefined, undefined]);
  assert.deepEqual([true, 1, "1", "True", "yes"].map(flag), Array(5).fill(true));
  assert.deepEqual([false, 0, "0", "false", "NO"].map(flag), Array(5).fill(false));
  assert.deepEqual([null, undefined].map(flag), [undefined, undefined]);
  for (const value of [2, "", "on leave", {}]) assert.throws(() => flag(value));
});

test("what is not offered is unsupported, and what is async is told so", () => {
  const operations = [{ category: "user-directory", operation: "list-users", listing: { usual: 1, most: 1 } }];
  const nothing = { capabilities: { ...example.capabilities, operations } };
  for (const [operation, verb, ...given] of [
    ["createUser", "create", {}],
    ["updateUser", "update", "7", {}],
    ["getUser", "get", "7"],
    ["listUsers", "list", { size: 1 }],
    ["deleteUser", "delete", "7"],
  ]) {
    const unsupported = { kind: "unsupported", message: `this integration does not ${verb} users` };
    assert.throws(() => new MockVendor()[operation](nothing, ...given), unsupported);
  }
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
    listing: undefined,
    effect: undefined,
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
    plainBasic: false,
    headers: [],
    answers: [{ name: "access_token", pointer: "/access_token", secret: true }],
    lifetime: { pointer: "/expires_in", seconds: 3600 },
    authorization: undefined,
  });
  const refresh = exchange.refresh("https://x", { basic: true });
  assert.deepEqual([refresh.basic, Object.keys(refresh.answers)], [["{client_id}", "{client_secret}"], ["access_token", "refresh_token"]]);
  assert.deepEqual(Object.keys(refresh.fields), ["grant_type", "refresh_token"]);
  const plain = exchange.refresh("https://x", { plainBasic: true });
  assert.deepEqual([plain.basic, plain.plainBasic, refresh.plainBasic], [refresh.basic, true, false]);
  assert.deepEqual(plain.fields, refresh.fields);
});

test("everything that is exported has its types", async () => {
  const types = await readFile(new URL("../src/index.d.ts", import.meta.url), "utf8");
  for (const name of Object.keys(sdk)) {
    assert.match(types, new RegExp(`export (class|const|function) ${name}\\b`));
  }
});

test("a probe, help, closed sets and secrets that are shown are declared", () => {
  const declared = declaration({
    slug: "example",
    label: "Example",
    origins: ["https://{region}.example.com"],
    variables: [
      { ...secret("email", "E-mail address"), shown: true, help: "The one of the token's owner." },
      { ...variable("region", "Region", "us"), values: ["us", "eu"] },
    ],
    operations: [],
    probe: "/me",
  });
  assert.equal(declared.probe, "/me");
  assert.deepEqual(
    declared.variables.map(({ name, help, values, shown }) => [name, help, values, shown]),
    [["email", "The one of the token's owner.", [], true], ["region", undefined, ["us", "eu"], false]],
  );
});

test("consent, schemes of origins and sets of variables are declared", () => {
  const authorization = {
    url: "https://x/authorize",
    scopes: ["a", "b"],
    params: { access_type: "offline" },
    captures: { site: { pointer: "/instance_url" }, region: { parameter: "region" } },
  };
  const declared = declaration({
    slug: "example",
    label: "Example",
    origins: ["https://x", "https://y"],
    variableSets: [["email", "key"], ["token"]],
    auth: [
      auth.bearer("{access_token}", exchange.refresh("https://x/token", { authorization })),
      at(auth.bearer("{token}"), "https://y"),
    ],
    operations: [],
  });
  assert.deepEqual(declared.variableSets, [["email", "key"], ["token"]]);
  assert.deepEqual(declared.auth.map(({ origins }) => origins), [[], ["https://y"]]);
  assert.deepEqual(declared.auth[0].exchange.authorization, {
    url: "https://x/authorize",
    scopes: ["a", "b"],
    separator: " ",
    params: [["access_type", "offline"]],
    pkce: "on",
    captures: [
      { variable: "site", source: "token", place: "/instance_url" },
      { variable: "region", source: "redirect", place: "region" },
    ],
  });
});

test("an integration asks who signs, and says what it does not write", () => {
  const telling = {
    ...example,
    createUser: (call) => {
      call.ignore("avatar");
      return { id: call.authenticationMethod };
    },
  };
  const vendor = new MockVendor({ authenticationMethod: "oauth2-refresh" });
  assert.deepEqual(vendor.createUser(telling, {}), { id: "oauth2-refresh" });
  assert.deepEqual(vendor.ignored, ["avatar"]);
});
