/** Helpers for the three states of a field, and for parts of a user that vendors know in another form. */

import { InvalidInput, NotFound } from "./errors.js";

export function required(value, field) {
  if (isNothing(value)) throw new InvalidInput("the vendor needs a value here", { field });
  return value;
}

export function notNull(value, field) {
  if (value === null) throw new InvalidInput("the vendor cannot clear this", { field });
  return value;
}

export function orEmpty(value, empty = "") {
  return value === null ? empty : value;
}

export function single(list, field) {
  if (list?.length > 1) throw new InvalidInput("the vendor takes one entry", { field: `${field}[1]` });
  return ofValue(list, ([first]) => first);
}

export function primaryEmail({ emails }) {
  return ofValue(emails, (emails) => mainOf(emails)?.email);
}

export function otherEmails({ emails }) {
  return ofValue(emails, (emails) => {
    const main = mainOf(emails);
    return emails.filter((entry) => entry !== main && !isNothing(entry.email)).map(({ email }) => email);
  });
}

/** The entry marked as primary, by its flag or, without a flag, by its type; otherwise the first. */
function mainOf(emails) {
  return emails.find(({ is_primary, type }) => is_primary ?? type === "primary") ?? emails[0];
}

export function names({ name, first_name, last_name }) {
  const [first, last] = name === null ? [null, null] : split(name?.trim() ?? "");
  return { first: first_name === undefined ? first : first_name, last: last_name === undefined ? last : last_name };
}

/** Words behind a name and its comma that are not a first name, without dots. */
const SUFFIX = /^(?:jr|sr|ii|iii|iv|phd|md|esq)$/i;

/** First and last name of a whole name. */
function split(name) {
  const comma = name.indexOf(",");
  const [before, behind] = comma < 0 ? [name, ""] : [name.slice(0, comma).trim(), name.slice(comma + 1).trim()];
  if (before === "") return behind === "" ? [] : split(behind);
  if (behind === "") return atLastBlank(before);
  if (!SUFFIX.test(behind.replaceAll(".", ""))) return [behind, before];
  const [first, last] = atLastBlank(before);
  return [first, last && `${last}, ${behind}`];
}

function atLastBlank(name) {
  const [, first, last] = /^([^]*?)\s+(\S+)$/.exec(name) ?? [];
  return first === undefined ? [name] : [first, last];
}

export function fullName({ name, first_name, last_name }) {
  const given = [first_name, last_name].map((part) => part?.trim()).filter((part) => part);
  if (name === null || name?.trim()) return name;
  return given.length > 0 ? given.join(" ") : undefined;
}

export function roleWords({ roles }) {
  const word = ({ id, name }, index) => {
    const word = id ?? name;
    if (isNothing(word)) throw new InvalidInput("must have an id or a name", { field: `roles[${index}]` });
    return word;
  };
  return ofValue(roles, (roles) => roles.map(word));
}

export function roles(value) {
  return readRoles(value, ({ id, name, word = id === undefined ? name : undefined }) =>
    word === undefined ? { id, name } : { id: word, name: word },
  );
}

export function rolesById(value) {
  return readRoles(value, ({ id, name, word }) => ({ id: id ?? word, name }));
}

/** The roles of an answer: one or a list of them. Skips anything that is not a role. */
function readRoles(value, role) {
  if (isNothing(value)) return undefined;
  return [value].flat().flatMap((entry) => {
    if (typeof entry === "object" && entry !== null && !Array.isArray(entry)) {
      return [role({ id: word(entry.id) ?? word(entry._id), name: word(entry.name) })];
    }
    return word(entry) === undefined ? [] : [role({ word: word(entry) })];
  });
}

/** A word or a whole number as a text. */
function word(value) {
  const isWord = typeof value === "string" ? value !== "" : Number.isSafeInteger(value) && value >= 0;
  return isWord ? String(value) : undefined;
}

export function mainPhone({ phones }) {
  return ofValue(phones, (phones) => phones.find(({ type }) => type === "phone") ?? phones.find(({ type }) => isNothing(type)));
}

export function mobilePhone({ phones }) {
  return ofValue(phones, (phones) => phones.find(({ type }) => type === "mobile"));
}

export function mainAndMobile(main, mobile) {
  const told = [{ number: main, type: "phone" }, { number: mobile, type: "mobile" }];
  return told.filter(({ number }) => !isNothing(number) && number !== "");
}

export function numericId(id) {
  if (!/^(?:0|[1-9]\d{0,19})$/.test(id) || BigInt(id) >= 1n << 64n) {
    throw new NotFound("the vendor knows users by number");
  }
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : id;
}

/** The result of `map` for a value. A missing value stays missing, and `null` stays `null`. */
function ofValue(value, map) {
  return isNothing(value) ? value : map(value);
}

function isNothing(value) {
  return value === undefined || value === null;
}
