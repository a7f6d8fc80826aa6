/** Signs in the body of an answer that its status does not give. */

/**
 * How pages begin: the patterns by which browsers know HTML, and `meta`
 * (https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type).
 */
const TAGS = "!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta";
const HTML = new RegExp(`^(?:<\\?xml[^]*?\\?>\\s*)?<(?:!--|(?:${TAGS})(?=[\\s/>]|$))`, "i");

/** Bytes that are enough to know a page. */
const BEGINNING = 1024;

/** Strings, whose content stays as it is, and integers with more digits than every exact number has. */
const TOKENS = /"[^"\\]*(?:\\[^][^"\\]*)*"?|-?\d[\d.eE+-]*/g;
const LONG_INTEGER = /^-?[1-9]\d{15,}$/;

/**
 * Whether an answer is a page for people: its body begins like HTML, or its type is HTML and the body does not begin
 * like JSON.
 */
export function isPage(contentType, bytes) {
  const isText = (byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf;
  // White space and a byte order mark may come first.
  const start = Math.max(bytes.findIndex(isText), 0);
  const text = new TextDecoder().decode(bytes.subarray(start, start + BEGINNING)).trimStart();
  const isCalledHtml = /^\s*(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/i.test(contentType ?? "");
  return HTML.test(text) || (isCalledHtml && !/^(?:$|[[{])/.test(text));
}

/** Reads JSON. An integer that is not exact as a number (beyond 2^53) becomes a text. */
export function parse(text) {
  const isInexact = (token) => LONG_INTEGER.test(token) && !Number.isSafeInteger(Number(token));
  return JSON.parse(/\d{16}/.test(text) ? text.replace(TOKENS, (token) => (isInexact(token) ? `"${token}"` : token)) : text);
}

/**
 * Whether JSON has one of the usual signs of an error at its root. Use it only for answers that hold nothing else: a
 * record can have members with these names.
 */
export function isFailure(answer) {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return false;
  return Object.entries(answer).some(([name, value]) => {
    switch (name.toLowerCase()) {
      case "error":
      case "errors":
      case "err":
        return !isNothing(value);
      case "success":
      case "ok":
        return value !== null && isNothing(value);
      case "status":
      case "kind":
      case "type":
      case "result":
        return typeof value === "string" && /^(?:error|fail|failed|failure)$/i.test(value);
      default:
        return false;
    }
  });
}

/** Whether a member has no value: `null`, `false`, `0`, or an empty text, list or object. */
function isNothing(value) {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return !value || (typeof value === "string" && /^(?:false|0)$/i.test(value));
}

/** Whether a user is identified. A name alone is not enough: many errors have one. */
export function isTold(user) {
  const emails = Array.isArray(user?.emails) ? user.emails : [];
  const told = [user?.id, user?.external_id, user?.username, ...emails.map((entry) => entry?.email)];
  return told.some((text) => text !== undefined && text !== null && text !== "");
}
