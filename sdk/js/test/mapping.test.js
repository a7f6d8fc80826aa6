import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import * as sdk from "mortise-sdk";
import { defineIntegration } from "mortise-sdk";
import { MockVendor } from "mortise-sdk/testing";

import { Call } from "../src/call.js";
import { parse } from "../src/said.js";

/** Every case by the name of its function. A missing member of a case means: not given, or not expected. */
const cases = parse(await readFile(new URL("../../cases/mapping.json", import.meta.url), "utf8"));

/** The call that each function name of the table stands for. */
const FUNCTIONS = {
  primary_email: ({ user }) => sdk.primaryEmail(user),
  other_emails: ({ user }) => sdk.otherEmails(user),
  names: ({ user }) => sdk.names(user),
  full_name: ({ user }) => sdk.fullName(user),
  required: ({ value, field }) => sdk.required(value, field),
  not_null: ({ value, field }) => sdk.notNull(value, field),
  or_empty: ({ value, empty }) => sdk.orEmpty(value, empty),
  single: ({ value, field }) => sdk.single(value, field),
  role_words: ({ user }) => sdk.roleWords(user),
  roles: ({ value }) => sdk.roles(value),
  roles_by_id: ({ value }) => sdk.rolesById(value),
  main_phone: ({ user }) => sdk.mainPhone(user),
  mobile_phone: ({ user }) => sdk.mobilePhone(user),
  main_and_mobile: ({ main, mobile }) => sdk.mainAndMobile(main, mobile),
  identifier: ({ value }) => sdk.identifier(value),
  numeric_id: ({ id }) => sdk.numericId(id),
  text: ({ value }) => sdk.text(value),
  flag: ({ value }) => sdk.flag(value),
  millis: ({ value }) => sdk.millis(value),
  date_time: ({ value }) => sdk.dateTime(value),
  read_back: ({ read }, call) => call.readBack(() => told(read)),
  read_back_user: ({ id, read }, call) => call.readBackUser(id, () => told(read)),
  after: ({ done, failure }) => sdk.after(done, () => told(failure)),
};

/** The value that a function read, or its failure. */
function told(read) {
  if ("kind" in read) throw new sdk.Failure(read.kind, read.message, { field: read.field });
  return read;
}

function run(name, given, logs) {
  const call = new Call("crm", { wantsUser: () => given.wants_user, log: (_level, message) => logs.push(message) });
  try {
    return { gives: FUNCTIONS[name](given, call) };
  } catch (error) {
    if (!(error instanceof sdk.Failure)) throw error;
    return { fails: { kind: error.kind, field: error.field, message: error.message } };
  }
}

const plain = (value) => JSON.parse(JSON.stringify(value));

test("mappings do what the table of all languages says", () => {
  assert.deepEqual(Object.keys(cases).sort(), Object.keys(FUNCTIONS).sort());
  for (const [name, rows] of Object.entries(cases)) {
    for (const row of rows) {
      const { gives, fails, logs = [], ...given } = row;
      const logged = [];
      assert.deepEqual(plain(run(name, given, logged)), plain({ gives, fails }), `${name} ${JSON.stringify(row)}`);
      assert.deepEqual(logged, logs);
    }
  }
});

test("what cannot be read is no text, boolean or time", () => {
  for (const [read, values] of [
    [sdk.text, [7, [], {}, true]],
    [sdk.flag, [2, "", "on leave", []]],
    [sdk.millis, ["", "soon", true, 0.5]],
  ]) {
    for (const value of values) assert.throws(() => read(value), TypeError, JSON.stringify(value));
  }
});

test("an exception after a write says what is done, too", () => {
  const broken = () => sdk.after("user 7 was created", () => JSON.parse("{"));
  assert.throws(broken, ({ kind, message, cause }) => {
    assert.ok(cause instanceof SyntaxError);
    return kind === "internal" && message.startsWith("user 7 was created: the integration failed: SyntaxError");
  });
  assert.equal(sdk.after("user 7 was created", () => 7), 7);
});

test("what send throws has the vendor's answer", () => {
  const refusing = defineIntegration({
    capabilities: { slug: "example", label: "Example", origins: ["https://api.example.com"], operations: [] },
    createUser(call, user) {
      try {
        call.post("/people").json(user).primary().send();
      } catch (error) {
        const { response } = error;
        const said = `${response.status} ${response.json().code} ${response.header("x-code")}`;
        throw new sdk.InvalidInput(said, { field: "emails" });
      }
    },
  });
  for (const status of [301, 409]) {
    const vendor = new MockVendor().on("POST", "/people", { status, headers: { "x-code": "7" }, answer: { code: "taken" } });
    assert.throws(() => vendor.createUser(refusing, {}), { kind: "invalid-input", field: "emails", message: `${status} taken 7` });
  }
  assert.equal(new sdk.NotFound("is gone").response, undefined);
});
