/** The address of a vendor request. A caller's identifier cannot become more than one segment. */

import { InvalidInput } from "./errors.js";

export class Path {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

export function path(strings, ...segments) {
  return new Path(strings.reduce((text, part, index) => text + segment(segments[index - 1]) + part));
}

/** Encodes everything but RFC 3986's unreserved characters. */
export function encode(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Decodes percent-encoding once. `undefined` if the result is not UTF-8. A `+` stays a `+`, because cursors hold it.
 */
export function decode(text) {
  try {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => decodeURIComponent(escapes));
  } catch {
    return undefined;
  }
}

function segment(value) {
  const text = String(value);
  if (value === undefined || value === null || ["", ".", ".."].includes(text) || /[/\\\u0000-\u001f\u007f-\u009f]/.test(text)) {
    throw new InvalidInput(`${JSON.stringify(text)} is not an identifier`);
  }
  return encode(text);
}
