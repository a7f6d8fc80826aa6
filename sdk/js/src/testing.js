/** A scripted vendor for tests. The types and their documentation are in `testing.d.ts`. */

import assert from "node:assert/strict";

import { declaration } from "./declaration.js";
import { asked, checkAsked, checkRows } from "./mock-page.js";
import { serve } from "./serve.js";

export class MockVendor {
  #category;
  #variables;
  #parameters;
  #wantsUser;
  #authenticationMethod;
  #exchanges = [];

  constructor({ category = "user-directory", variables = {}, parameters = {}, wantsUser = true, authenticationMethod } = {}) {
    this.#category = category;
    this.#variables = variables;
    this.#parameters = parameters;
    this.#wantsUser = wantsUser;
    this.#authenticationMethod = authenticationMethod;
    this.ignored = [];
    this.requests = [];
    this.logs = [];
  }

  on(method, target, { query, body, form, status = 200, headers = {}, answer } = {}) {
    this.#exchanges.push({ method: method.toLowerCase(), target, query, body, form, status, headers, answer });
    return this;
  }

  createUser(integration, user) {
    return plain(this.#run(integration, "createUser", structuredClone(user)));
  }

  updateUser(integration, id, user) {
    return plain(this.#run(integration, "updateUser", id, structuredClone(user)));
  }

  getUser(integration, id) {
    return plain(this.#run(integration, "getUser", id));
  }

  listUsers(integration, page) {
    const { operations } = declaration(integration.capabilities);
    const isList = ({ category, operation }) => category === this.#category && operation === "list-users";
    const made = asked(page);
    checkAsked(made, operations.find(isList));
    const { rows, next, partial = false } = this.#run(integration, "listUsers", made);
    checkRows(rows, this.#primaryAnswer());
    return { rows: rows.map(({ user }) => plain(user)), next, partial };
  }

  deleteUser(integration, id) {
    try {
      this.#run(integration, "deleteUser", id);
    } finally {
      const writes = this.requests.filter(({ method }) => method !== "get").length;
      assert.ok(writes <= 1, `a deletion sends one request that is no GET, not ${writes}`);
    }
  }

  #run(integration, name, ...given) {
    this.requests = [];
    this.logs = [];
    this.ignored = [];
    const answer = serve(integration, name, { category: this.#category, transport: this.#transport() }, ...given);
    assert.equal(this.requests.length, this.#exchanges.length, "the script was not played to its end");
    return answer;
  }

  /** The answer to the primary request of the latest call. */
  #primaryAnswer() {
    const answer = this.#exchanges[this.requests.findIndex(({ primary }) => primary)]?.answer;
    return typeof answer === "string" ? JSON.parse(answer) : answer;
  }

  #transport() {
    return {
      send: (request) => this.#answer(request),
      variable: (name) => this.#variables[name],
      parameter: (name) => (name in this.#parameters ? JSON.stringify(this.#parameters[name]) : undefined),
      wantsUser: () => this.#wantsUser,
      authenticationMethod: () => this.#authenticationMethod,
      ignore: (field) => this.ignored.push(field),
      log: (level, message) => this.logs.push({ level, message }),
    };
  }

  #answer({ method, target, query, headers, body, primary }) {
    const text = body && new TextDecoder().decode(body);
    const sent = { method, target, query, headers: Object.fromEntries(headers), body: text, primary };
    const expected = this.#exchanges[this.requests.length];
    this.requests.push(sent);
    assert.ok(expected, `${method} ${target} was not expected`);
    assert.deepEqual([method, target], [expected.method, expected.target]);
    if (expected.query) assert.deepEqual(query, Object.entries(expected.query));
    if (expected.body !== undefined) assert.deepEqual(JSON.parse(text), expected.body);
    if (expected.form !== undefined) assert.equal(text, expected.form);
    const answer = expected.answer === undefined ? "" : JSON.stringify(expected.answer);
    return {
      status: () => expected.status,
      header: (name) => expected.headers[name],
      body: () => new TextEncoder().encode(typeof expected.answer === "string" ? expected.answer : answer),
    };
  }
}

/** The answer as a caller gets it: members that are `undefined` are left out. */
function plain(user) {
  return user === undefined ? undefined : JSON.parse(JSON.stringify(user));
}
