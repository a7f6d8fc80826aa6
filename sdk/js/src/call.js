/** The call being served. */

import { Failure, InvalidInput } from "./errors.js";
import { Request } from "./request.js";

export class Call {
  #transport;

  constructor(category, transport) {
    this.category = category;
    this.#transport = transport;
  }

  get(path) {
    return new Request(this.#transport, "get", path);
  }

  post(path) {
    return new Request(this.#transport, "post", path);
  }

  put(path) {
    return new Request(this.#transport, "put", path);
  }

  patch(path) {
    return new Request(this.#transport, "patch", path);
  }

  delete(path) {
    return new Request(this.#transport, "delete", path);
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

/** A failure as the log has it. */
function described(error) {
  if (!(error instanceof Failure)) return String(error);
  const { kind, field, message } = error;
  return `${kind}${field === undefined ? "" : ` at ${field}`}${message === "" ? "" : `: ${message}`}`;
}
