/** JSON pointers (RFC 6901). */

/** The value at a pointer. `undefined` if there is none. */
export function pointed(value, pointer) {
  const [before, ...tokens] = pointer.split("/");
  if (before !== "") return undefined;
  return tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~")).reduce(member, value);
}

function member(value, name) {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/.test(name) ? value[name] : undefined;
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name] : undefined;
}
