/** The call that an integration serves. */

import { Failure, InvalidInput } from "./errors.js";
import { Request } from "./request.js";

export class Call {
  #transport;
  #writes;

  /**
   * Requests of an operation that does not write count as reads, whatever their methods are: a search may be a `POST`.
   */
  constructor(category, transport, { writes = true } = {}) {
    this.category = category;
    this.#transport = transport;
    this.#writes = writes;
  }

  get(path) {
    return this.#request("get", path);
  }

  post(path) {
    return this.#request("post", path);
  }

  put(path) {
    return this.#request("put", path);
  }

  patch(path) {
    return this.#request("patch", path);
  }

  delete(path) {
    return this.#request("delete", path);
  }

  #request(method, path) {
    return new Request(this.#transport, method, path, { writes: this.#writes && method !== "get" });
  }

  variable(name) {
    return this.#transport.variable(name) ?? undefined;
  }

  parameter(name) {
    const text = this.#transport.parameter(name) ?? undefined;
    return text === undefined ? undefined : JSON.parse(text);
  }

  requiredParameter(name) {
    const value = this.parameter(name) ?? undefined;
    if (value === undefined) throw new InvalidInput("is required", { field: name });
    return value;
  }

  get wantsUser() {
    return this.#transport.wantsUser();
  }

  get authenticationMethod() {
    return this.#transport.authenticationMethod() ?? undefined;
  }

  readBack(read) {
    if (!this.wantsUser) return undefined;
    try {
      return read();
    } catch (error) {
      this.warn(`the write is done, but cannot be read back: ${described(error)}`);
      return undefined;
    }
  }

  readBackUser(id, read) {
    const user = this.readBack(read) ?? {};
    return { ...user, id: user.id ?? id };
  }

  ignore(field) {
    this.#transport.ignore(field);
  }

  debug(message) {
    this.#transport.log("debug", message);
  }

  info(message) {
    this.#transport.log("info", message);
  }

  warn(message) {
    this.#transport.log("warn", message);
  }

  error(message) {
    this.#transport.log("error", message);
  }
}

/** A failure as a line of the log. */
function described(error) {
  if (!(error instanceof Failure)) return String(error);
  const { kind, field, message } = error;
  return `${kind}${field === undefined ? "" : ` at ${field}`}${message === "" ? "" : `: ${message}`}`;
}
