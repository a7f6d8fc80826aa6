/** One vendor request and its answer. */

import { Failure, InternalError, Refused, VendorError } from "./errors.js";
import { encode } from "./path.js";
import { pointed } from "./pointer.js";
import { Rows } from "./rows.js";
import { isFailure, isPage, isTold, parse } from "./said.js";

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

export class Request {
  #transport;
  #draft;
  #writes;

  constructor(transport, method, target, { writes }) {
    this.#transport = transport;
    this.#writes = writes;
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
    return new Response(this.#transport.send(this.#draft), {
      wantsUser: this.#transport.wantsUser(),
      primary: this.#draft.primary,
      writes: this.#writes,
    });
  }
}

export class Response {
  #answer;
  #wantsUser;
  #primary;
  #writes;
  #body;

  constructor(answer, { wantsUser, primary, writes }) {
    this.#answer = answer;
    this.#wantsUser = wantsUser;
    this.#primary = primary;
    this.#writes = writes;
  }

  get status() {
    return this.#answer.status();
  }

  get isEmpty() {
    return this.text().trim() === "";
  }

  header(name) {
    return this.#answer.header(name.toLowerCase());
  }

  success() {
    const { status } = this;
    if (status >= 400) throw new VendorError("", { response: this });
    if (status < 200 || status > 299) {
      throw new InternalError(`the vendor answered with the unexpected status ${status}`, { response: this });
    }
    if (this.#isPage()) {
      throw new InternalError(
        this.#writes
          ? "the outcome is unknown: the vendor answered the write with a page for people; look there before trying again"
          : "the vendor answered with a page for people",
        { response: this },
      );
    }
    return this;
  }

  #isPage() {
    try {
      return isPage(this.header("content-type"), this.bytes());
    } catch (error) {
      // The host gives the body to the caller, and may pass on more than an integration can read.
      if (this.#wantsUser) throw error;
      return false;
    }
  }

  refusedIf(failed) {
    const answer = this.#parsed();
    if (answer !== undefined && failed(answer)) throw new Refused();
    return this;
  }

  user(map) {
    if (this.#wantsUser) return this.isEmpty ? undefined : this.record(map);
    try {
      this.record(map);
    } catch (error) {
      // The host gives the body to the caller. A sign of an error in it is a failure all the same; apart from that, it
      // may be anything.
      if (error instanceof Refused) throw error;
    }
    return undefined;
  }

  record(map) {
    return this.#mapped(this.json(), map);
  }

  users(map) {
    return this.usersBelow("", "", map);
  }

  usersIn(list, map) {
    return this.usersBelow(list.startsWith("/") ? list : `/${list}`, "", map);
  }

  usersBelow(list, inner, map) {
    const answer = this.json();
    const entries = pointed(answer, list);
    if (!Array.isArray(entries)) throw this.#unreadable(`there is no list at \`${list}\``);
    const row = (entry, index) => {
      const source = `${list}/${index}${inner}`;
      return { user: this.#mapped(pointed(entry, inner), map, `\`${source}\`: `), source };
    };
    return new Rows(this, answer, entries.length, this.#wantsUser ? entries.map(row) : []);
  }

  /** The user that `map` makes of a record. A failure names the record by `place`. */
  #mapped(record, map, place = "") {
    let user;
    try {
      user = map(record);
    } catch (cause) {
      throw cause instanceof Failure ? cause : this.#unreadable(`${place}it is not what the integration expects`, cause);
    }
    if (!isTold(user)) throw this.#unreadable(`${place}it does not identify a user`);
    return user;
  }

  empty() {
    if (isFailure(this.#parsed())) throw new Refused();
  }

  json() {
    const answer = this.#parsed();
    if (answer === undefined) throw this.#unreadable("it is not JSON");
    return answer;
  }

  /** The body as JSON. `undefined` if it is something else. */
  #parsed() {
    const text = this.text();
    try {
      return parse(text);
    } catch {
      return undefined;
    }
  }

  /**
   * The failure for a body that cannot be read. A vendor with a status of success has done the write, and a caller who
   * does not know that would repeat it.
   */
  #unreadable(why, cause) {
    if (isFailure(this.#parsed())) return new Refused();
    const isDone = this.#primary && this.#writes && this.status >= 200 && this.status <= 299;
    const what = isDone ? "the write is done, but the vendor's answer cannot be read" : "cannot read the vendor's answer";
    return new InternalError(`${what}: ${why}`, { cause });
  }

  text() {
    return new TextDecoder().decode(this.bytes());
  }

  bytes() {
    this.#body ??= this.#answer.body();
    return this.#body;
  }
}
