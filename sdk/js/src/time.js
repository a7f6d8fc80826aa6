/** Times in vendors' spellings, as RFC 3339, which the unified model wants. */

/** 10000-01-01T00:00:00Z and 0000-01-01T00:00:00Z in milliseconds: the ends of the range that RFC 3339 can write. */
const YEAR_10000 = 253_402_300_800_000;
const YEAR_0 = -62_167_219_200_000;

export function millis(value) {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === "string" && /^[+-]?\d+$/.test(value) ? Number(value) : value;
  if (!Number.isInteger(number)) throw new TypeError("must be a whole number of milliseconds since 1970");
  if (number < YEAR_0 || number >= YEAR_10000) return undefined;
  return new Date(number).toISOString().replace(".000Z", "Z");
}

/** Date, time, fraction and offset. Their numbers are within bounds. */
const DATE_TIME = new RegExp(
  "^(\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01]))[Tt ]" +
    "((?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60))(\\.\\d+)?(?:[Zz]|([+-]\\d\\d):?(\\d\\d)?)?$",
);

export function dateTime(value) {
  const found = DATE_TIME.exec(value?.trim() ?? "");
  if (found === null || found[0].endsWith(":")) return undefined;
  const [, date, time, fraction = "", hours = "+00", minutes = "00"] = found;
  const isUtc = hours.slice(1) === "00" && minutes === "00";
  return `${date}T${time}${fraction}${isUtc ? "Z" : `${hours}:${minutes}`}`;
}
