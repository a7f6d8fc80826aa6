/** A scripted vendor for tests. The types and their documentation are in `testing.d.ts`. */

import assert from "node:assert/strict";

import { Call } from "./call.js";
import { serve } from "./serve.js";

export class MockVendor {
  #category;
  #variables;
  #parameters;
  #wantsUser;
  #exchanges = [];

  constructor({ category = "user-directory", variables = {}, parameters = {}, wantsUser = true } = {}) {
    this.#category = category;
    this.#variables = variables;
    this.#parameters = parameters;
    this.#wantsUser = wantsUser;
    this.requests = [];
    this.logs = [];
  }

  on(method, target, { query, body, form, status = 200, headers = {}, answer } = {}) {
    this.#exchanges.push({ method: method.toLowerCase(), target, query, body, form, status, headers, answer });
    return this;
  }

  createUser(integration, user) {
    return this.#run(integration, "createUser", [], user);
  }

  updateUser(integration, id, user) {
    return this.#run(integration, "updateUser", [id], user);
  }

  #run(integration, name, before, user) {
    this.requests = [];
    this.logs = [];
    const answer = serve(integration, name, new Call(this.#category, this.#transport()), before, structuredClone(user));
    assert.equal(this.requests.length, this.#exchanges.length, "the script was not played to its end");
    // What a caller would get: members that are undefined are none.
    return answer === undefined ? undefined : JSON.parse(JSON.stringify(answer));
  }

  #transport() {
    return {
      send: (request) => this.#answer(request),
      variable: (name) => this.#variables[name],
      parameter: (name) => (name in this.#parameters ? JSON.stringify(this.#parameters[name]) : undefined),
      wantsUser: () => this.#wantsUser,
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
