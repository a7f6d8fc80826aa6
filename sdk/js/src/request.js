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
    return new Response(this.#transport.send(this.#draft), this.#transport.wantsUser());
  }
}

export class Response {
  #answer;
  #wantsUser;

  constructor(answer, wantsUser) {
    this.#answer = answer;
    this.#wantsUser = wantsUser;
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
    return this.#wantsUser ? map(this.json()) : undefined;
  }

  json() {
    const text = this.text();
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new InternalError("cannot read the vendor's answer: it is not JSON", { cause });
    }
  }

  text() {
    return new TextDecoder().decode(this.bytes());
  }

  bytes() {
    return this.#answer.body();
  }
}
