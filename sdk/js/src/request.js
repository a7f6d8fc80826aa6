/** One vendor request and its answer. */

import { InternalError, VendorError } from "./errors.js";
import { encode } from "./path.js";

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

export class Request {
  #transport;
  #draft;

  constructor(transport, method, target) {
    this.#transport = transport;
    this.#draft = { method, target: String(target), query: [], headers: [], body: undefined, primary: false };
  }

  query(name, value) {
    if (value !== undefined) this.#draft.query.push([name, String(value)]);
    return this;
  }

  header(name, value) {
    this.#draft.headers.push([name, value]);
    return this;
  }

  json(body) {
    return this.#body(JSON_TYPE, JSON.stringify(body));
  }

  form(fields) {
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    return this.#body(FORM_TYPE, given.map(([name, value]) => `${encode(name)}=${encode(String(value))}`).join("&"));
  }

  #body(type, text) {
    this.#draft.headers.push(["content-type", type]);
    this.#draft.body = new TextEncoder().encode(text);
    return this;
  }

  primary() {
    this.#draft.primary = true;
    return this;
  }

  send() {
    return this.sendAny().success();
  }

  sendAny() {
    return new Response(this.#transport.send(this.#draft), this.#transport.wantsUser(), this.#draft.primary);
  }
}

export class Response {
  #answer;
  #wantsUser;
  #primary;

  constructor(answer, wantsUser, primary) {
    this.#answer = answer;
    this.#wantsUser = wantsUser;
    this.#primary = primary;
  }

  get status() {
    return this.#answer.status();
  }

  header(name) {
    return this.#answer.header(name.toLowerCase());
  }

  success() {
    const { status } = this;
    if (status >= 400) throw new VendorError();
    if (status < 200 || status > 299) throw new InternalError(`the vendor answered with the unexpected status ${status}`);
    return this;
  }

  user(map) {
    if (!this.#wantsUser) return undefined;
    const text = this.text();
    return text.trim() === "" ? undefined : map(this.#parsed(text));
  }

  json() {
    return this.#parsed(this.text());
  }

  #parsed(text) {
    try {
      return JSON.parse(text);
    } catch (cause) {
      // A caller that does not know of a finished write would ask for it again.
      const isDone = this.#primary && this.status >= 200 && this.status <= 299;
      const what = isDone ? "the write is done, but the vendor's answer cannot be read" : "cannot read the vendor's answer";
      throw new InternalError(`${what}: it is not JSON`, { cause });
    }
  }

  text() {
    return new TextDecoder().decode(this.bytes());
  }

  bytes() {
    return this.#answer.body();
  }
}
