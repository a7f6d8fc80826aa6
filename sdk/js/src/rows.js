/** The users of a page, read from a vendor's answer. */

import { identifier, wholeNumber } from "./lenient.js";
import { decode } from "./path.js";
import { pointed } from "./pointer.js";

/** A link value (RFC 8288 §3): its URL, and its parameters up to the next comma that is not in quotes. */
const LINK = /<([^<>]*)>((?:[^",]+|"[^"]*"?)*)/g;
const RELATIONS = /;\s*rel\s*=\s*"?([^";]*)/gi;

export class Rows {
  #answer;
  #response;
  #rows;

  constructor(response, answer, count, rows) {
    this.#answer = answer;
    this.#response = response;
    this.#rows = rows;
    this.count = count;
  }

  text(pointer) {
    const value = pointed(this.#answer, pointer);
    return ["string", "number"].includes(typeof value) ? identifier(value) : undefined;
  }

  number(pointer) {
    return wholeNumber(this.text(pointer));
  }

  flag(pointer) {
    return pointed(this.#answer, pointer) === true;
  }

  queryOf(pointer, parameter) {
    return parameterOf(this.text(pointer), parameter);
  }

  link(parameter) {
    return parameterOf(nextLink(this.header("link")), parameter);
  }

  header(name) {
    return this.#response.header(name);
  }

  next(find) {
    const found = find(this);
    return { rows: this.#rows, next: found === false ? undefined : identifier(found), partial: false };
  }

  last() {
    return this.next(() => undefined);
  }
}

/**
 * The URL of the link whose relation is `next`. Parameters may come in any order, quoted or not, with several relations
 * in one.
 */
export function nextLink(header = "") {
  const isNext = ([, relations]) => relations.toLowerCase().split(/\s+/).includes("next");
  return [...header.matchAll(LINK)].find(([, , parameters]) => [...parameters.matchAll(RELATIONS)].some(isNext))?.[1];
}

/** The value of a query parameter of a URL, decoded once. `undefined` if it is empty. */
export function parameterOf(url = "", parameter) {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? "";
  const pairs = query.split("&").map((pair) => pair.split("="));
  const found = pairs.find(([name]) => decode(name) === parameter);
  return found && identifier(decode(found.slice(1).join("=")));
}
