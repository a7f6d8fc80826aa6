/** Values that vendors write in more than one way. */

export function text(value) {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw new TypeError("must be a text");
  return value;
}

export function identifier(value) {
  return value === undefined || value === null || value === "" ? undefined : String(value);
}

/**
 * The digits of a whole number from 0. `undefined` for anything else, and for numbers that are not exact (beyond 2^53).
 */
export function wholeNumber(text = "") {
  const number = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
}

export function flag(value) {
  if (value === undefined || value === null) return undefined;
  const word = String(value).trim().toLowerCase();
  if (["true", "1", "yes"].includes(word)) return true;
  if (["false", "0", "no"].includes(word)) return false;
  throw new TypeError("must be true or false");
}
