/** What vendors write in more than one way. */

export function identifier(value) {
  return value === undefined || value === null || value === "" ? undefined : String(value);
}

export function flag(value) {
  if (value === undefined || value === null) return undefined;
  const word = String(value).trim().toLowerCase();
  if (["true", "1", "yes"].includes(word)) return true;
  if (["false", "0", "no"].includes(word)) return false;
  throw new TypeError("neither true nor false");
}
