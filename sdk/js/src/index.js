/**
 * Write a Mortise integration in JavaScript. The types and their documentation are in `index.d.ts`.
 */

export { at, auth, exchange } from "./auth.js";
export { Call } from "./call.js";
export {
  Failure,
  InternalError,
  InvalidCursor,
  InvalidInput,
  NotFound,
  Refused,
  Unsupported,
  VendorError,
  after,
} from "./errors.js";
export { flag, identifier, text } from "./lenient.js";
export {
  fullName,
  mainAndMobile,
  mainPhone,
  mobilePhone,
  names,
  notNull,
  numericId,
  orEmpty,
  otherEmails,
  primaryEmail,
  required,
  roleWords,
  roles,
  rolesById,
  single,
} from "./mapping.js";
export { Page } from "./page.js";
export { Path, path } from "./path.js";
export { Request, Response } from "./request.js";
export { Rows } from "./rows.js";
export { dateTime, millis } from "./time.js";

export function defineIntegration(integration) {
  return integration;
}

export function secret(name, label) {
  return { name, label, secret: true };
}

export function variable(name, label, fallback) {
  return fallback === undefined ? { name, label } : { name, label, default: fallback };
}
