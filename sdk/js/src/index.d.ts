/**
 * Write a Mortise integration: a vendor's users behind the unified users API, as a sandboxed WebAssembly component.
 *
 * ```js
 * import { auth, defineIntegration, path, secret } from "mortise-sdk";
 *
 * export default defineIntegration({
 *   capabilities: {
 *     slug: "example",
 *     label: "Example",
 *     origins: ["https://api.example.com/v2"],
 *     variables: [secret("api_token", "API token")],
 *     auth: [auth.bearer("{api_token}")],
 *     operations: [
 *       { category: "ticketing", operation: "update-user", writable: ["name"], response: ["id", "name"] },
 *     ],
 *   },
 *   updateUser(call, id, user) {
 *     const sent = call.patch(path`/people/${id}`).json({ full_name: user.name }).primary().send();
 *     return sent.user((person) => ({ id: person.id, name: person.full_name }));
 *   },
 * });
 * ```
 *
 * - A field of a request is missing (leave it alone), `null` (clear it) or has a value. `JSON.stringify` leaves out what is
 *   `undefined` and keeps what is `null`, so `{ full_name: user.name }` says the same to the vendor.
 * - Everything waits by itself: nothing is `async`.
 * - What comes from a caller goes into a path by the template {@link path}, where it cannot become more than one segment.
 */

import type { Phone, Role, User } from "./model.js";

export type * from "./model.js";

/** A category of the unified API. */
export type Category = "ticketing" | "user-directory" | "crm";

/** An operation of the unified API. */
export type Operation = "create-user" | "update-user" | "get-user" | "list-users" | "delete-user";

/**
 * One vendor's integration: the default export of the project's main module. An operation that the capabilities do not offer is never
 * called, and needs no function.
 */
export interface Integration<C extends Capabilities = Capabilities> {
  /** What it is and can do. The host reads it once for each loaded version: it must not depend on anything. */
  capabilities: C;
  /**
   * Creates a user and returns it as the vendor has it now, or nothing where the vendor answers with nothing. `user` holds the
   * fields that were declared as required or writable, and no others.
   */
  createUser?(call: Call, user: UserOf<C>): User | undefined | void;
  /**
   * Updates the user `id`, as the caller gave it. A field that is missing is left alone, one that is `null` is cleared. Returns
   * as `createUser` does.
   */
  updateUser?(call: Call, id: string, user: UserOf<C>): User | undefined | void;
  /** Reads the user `id`. Returns nothing where the vendor has no such user and does not say so by a status of 404 or 410. */
  getUser?(call: Call, id: string): User | undefined | void;
  /**
   * Reads one page of users: {@link Response.usersIn} and its siblings make it of the vendor's answer. Throws {@link InvalidCursor} where
   * the vendor no longer takes the cursor.
   */
  listUsers?(call: Call, page: Page): UsersPage;
  /**
   * Deletes the user `id` by the one request that has the declared effect, which is the primary one. Throws {@link NotFound} where the
   * vendor says that the user is gone already, and not by a status of 404 or 410.
   */
  deleteUser?(call: Call, id: string): void;
}

/** Gives an integration its types, those of its own fields too; returns it as it is. */
export function defineIntegration<const C extends Capabilities>(integration: Integration<C>): Integration<C>;

/** A user with the fields that operations of this declaration have of their own ({@link Support.own}). */
export type UserOf<C extends Capabilities> = User & {
  [field in keyof Own<C["operations"][number]>]?: OwnValue<Own<C["operations"][number]>[field]> | null;
};

/** The own fields of all of these operations. */
type Own<S> = (S extends { own: infer O } ? (own: O) => void : never) extends (own: infer All) => void ? All : never;

/** What a JSON type is here. */
type OwnValue<T> = T extends keyof OwnValues ? OwnValues[T] : unknown;

interface OwnValues {
  string: string;
  boolean: boolean;
  integer: number;
  number: number;
  object: Record<string, unknown>;
  array: unknown[];
}

/** The declaration of one integration. The host checks it when it loads the component and says what is wrong. */
export interface Capabilities {
  /** The name in URLs, accounts and on disk: 1 to 64 lower-case letters, digits and single hyphens. It never changes. */
  slug: string;
  /** The name that people read. */
  label: string;
  /**
   * The API bases it wants to reach: `https` and a host, with an optional base path. One host label may be a `{variable}`;
   * `{variable*}` in place of a label is one or more. The first is the base of relative paths.
   */
  origins: readonly [string, ...string[]];
  /**
   * The vendor's own request headers that it sets: `x-` and lower-case letters, digits and single hyphens. The operator grants them
   * with the origins. A header that carries a credential belongs to `auth.header`. Default: none.
   */
  headers?: readonly string[];
  /** What an integrated account carries. Default: nothing. */
  variables?: readonly Variable[];
  /** Sets of optional variables, by name, of which an account must carry one whole. Default: none. */
  variableSets?: readonly (readonly string[])[];
  /** The ways in which the host may sign requests; the first whose variables the account has is used. Default: unsigned. */
  auth?: readonly Auth[];
  /** What the vendor takes from one account; all of them hold together. Default: no limit. */
  limits?: readonly RateLimit[];
  /**
   * Where the vendor's error answers have the sentence for people, as JSON pointers (RFC 6901): the first that leads to a text is
   * used. The token `*` stands for every member of a list or an object, in order. If none leads to a text, the host searches the
   * answer by the usual names; declare only what it would not find. Default: none.
   */
  errorMessages?: readonly string[];
  /** What it serves, each category and operation once. */
  operations: readonly Support[];
  /** How what it says of the vendor is known: operators see it beside the integration's name. Default: nothing is said. */
  evidence?: Evidence;
  /**
   * One `GET` by which the host asks the vendor whether it takes an account, without the integration: a cheap read that every account may
   * make, such as `/users?limit=1`. A path below the first origin, or an absolute URL below any; it may hold `{variables}` that are not
   * secret. Default: the host lists one user, if a list needs no parameter.
   */
  probe?: string;
}

/** How what an integration says of its vendor is known. */
export interface Evidence {
  /**
   * The best evidence that most of its facts have: tried on the vendor's service or software, from the vendor's own reference or clients,
   * from clients and connectors of others, or from memory.
   */
  kind: "real-server" | "vendor-document" | "second-hand" | "recalled";
  /** The day on which somebody last looked, such as `2026-11-30`. */
  checked: string;
}

/** One value that an integrated account carries in its `context`. */
export interface Variable {
  /** The key in `context`: lower-case letters, digits and underscores. */
  name: string;
  /** What a person who fills a form reads. */
  label: string;
  /** Whether an account cannot be created without it. Default: `true`, unless it has a default. */
  required?: boolean;
  /** Whether it is a credential: encrypted, never returned, never seen by the integration. Default: `false`. */
  secret?: boolean;
  /** Used where the account has no value; never for a secret. */
  default?: string;
  /** Where a person finds the value: one or two sentences of plain text below the form's field, at most 500 bytes. */
  help?: string;
  /** The closed set of values; a default is one of them. Never for a secret. Default: any value. */
  values?: readonly string[];
  /** Whether a form shows a secret while a person types it: a user name, an e-mail address, a client ID. Default: `false`. */
  shown?: boolean;
}

/** A required credential. */
export function secret(name: string, label: string): Variable;

/** A value that is no secret, such as a subdomain: required, unless it has a default. */
export function variable(name: string, label: string, fallback?: string): Variable;

/** A window of the vendor's rate limit. */
export interface RateLimit {
  /** Requests in the window, at least 1. */
  requests: number;
  /** Length of the window in seconds, 1 to 2,678,400. */
  seconds: number;
}

/** One operation in one category, field by field, in the category's names. A field that is not listed is ignored. */
export interface Support {
  /** The category. */
  category: Category;
  /** The operation. */
  operation: Operation;
  /** Body fields without which the host answers 400. A nested one is `roles[].name`. */
  required?: readonly string[];
  /** Body fields that are used when given. */
  writable?: readonly string[];
  /** Body fields that the vendor cannot write, each with the reason for the documentation. */
  ignored?: Readonly<Record<string, string>>;
  /** The closed sets of values of body fields. */
  values?: Readonly<Record<string, readonly string[]>>;
  /**
   * Body fields that only this vendor has, with their JSON types. They travel at the top level of the user. Answers of all operations of
   * the category can hold them, if their `response` names them. One that can only be read stands where it is read.
   */
  own?: Readonly<Record<string, JsonType>>;
  /** Remarks on body fields. */
  notes?: Readonly<Record<string, string>>;
  /** Unified query parameters without which the host answers 400. */
  queryRequired?: readonly (QueryParameter | ListParameter)[];
  /** Unified query parameters that are used when given; of `list-users` also filters and orders. */
  query?: readonly (QueryParameter | ListParameter)[];
  /** The closed sets of values of query parameters. An order has `asc`, `desc` or one of them. */
  queryValues?: Readonly<Partial<Record<QueryParameter | ListParameter, readonly string[]>>>;
  /** Remarks on query parameters. */
  queryNotes?: Readonly<Partial<Record<QueryParameter | ListParameter, string>>>;
  /** The fields that the answer can hold. `delete-user` has none. */
  response?: readonly string[];
  /** How users are listed: of `list-users`, which has one, and of no other operation. */
  listing?: Listing;
  /** What becomes of the user: of `delete-user`, which has one, and of no other operation. */
  effect?: Effect;
}

/** How users are listed. Facts of the vendor's documentation: the host keeps callers within them. */
export interface Listing {
  /** How many rows the vendor gives in a page where the caller does not say. */
  usual: number;
  /** The most rows of a page, up to 1,000. */
  most: number;
  /** The fewest rows of a page, where these are more than one. The host keeps the rest for its caller's next page. Default: 1. */
  least?: number;
  /**
   * How the vendor says that a page is the last one: by its own sign, such as a cursor or a flag (`told`), only by the number of all rows
   * (`total`), only by a page with fewer rows than were asked for (`short`), or not at all (`whole`): it gives all users at once, of which
   * the host makes pages. Default: `told`.
   */
  end?: "told" | "total" | "short" | "whole";
  /**
   * In which order rows come: by something that never changes, so that no row is missed or comes twice (`stable`), or so that rows can
   * move while a caller pages (`unstable`). Default: `unstable`.
   */
  order?: "stable" | "unstable";
  /** How long the vendor takes a cursor, in seconds, where it says so. */
  cursorSeconds?: number;
  /** How many rows can be paged through, where the vendor ends there. */
  depth?: number;
  /** Whether several filters hold together. Default: `true`. */
  combines?: boolean;
  /** The fields of the answer that rows do not hold and a single read tells. Default: none. */
  partial?: readonly string[];
  /** The kinds of users that the list leaves out, in words: `invited users`. Default: none. */
  leavesOut?: readonly string[];
}

/**
 * What a deletion does to the user: gone, and the identifier with it (`deletes`); stays, and can no longer sign in (`deactivates`); gone,
 * and can be restored for a while (`trashes`); leaves the organisation or workspace, and stays a user of the vendor (`unlinks`); gone, and
 * the vendor erases what it holds of the person (`erases`).
 */
export type Effect = "deletes" | "deactivates" | "trashes" | "unlinks" | "erases";

/** The JSON type of a field that the unified model does not know. */
export type JsonType = "string" | "integer" | "number" | "boolean" | "object" | "array";

/** The unified query parameters. */
export type QueryParameter =
  | "organization_id"
  | "workspace_id"
  | "group_id"
  | "workspace"
  | "user_id"
  | "groups"
  | "collections"
  | DeleteParameter;

/** The unified query parameters of `delete-user` alone: who gets what the user leaves, and whether to go on against a warning. */
export type DeleteParameter = "reassign_to" | "force";

/**
 * The unified query parameters of `list-users` alone: a filter for equality, `email`; a bound, `created_at[gte]`; an order, `sort_by[name]`.
 * They arrive in {@link Page}.
 */
export type ListParameter =
  | "email"
  | "name"
  | "first_name"
  | "last_name"
  | "username"
  | "external_id"
  | "user_type"
  | "status"
  | "is_active"
  | `${"created_at" | "updated_at"}[${"gt" | "gte" | "lt" | "lte"}]`
  | `sort_by[${string}]`;

/** How the host signs requests. Made by {@link auth}. */
export interface Auth {
  /** Where the credentials go. */
  kind: "bearer" | "basic" | "header" | "query";
  /** Name and template. */
  params: Readonly<Record<string, string>>;
  /** The sign-in that brings what the account does not carry. */
  exchange?: Exchange;
  /** The declared origins whose requests it signs, and no other does. Default: those that no other names. */
  origins?: readonly string[];
}

/**
 * The same way to sign, for the requests to these origins alone, spelled as they are declared: for vendors that want another credential at
 * another host. It has no exchange then.
 */
export function at(scheme: Auth, ...origins: [string, ...string[]]): Auth;

/**
 * How the host signs requests. Values are templates: `{name}` stands for the account's variable, or for what the exchange brought
 * under that name; `{name|md5|base64}` transforms it.
 */
export const auth: {
  /** `Authorization: Bearer <token>` (RFC 6750). */
  bearer(token: string, exchange?: Exchange): Auth;
  /** `Authorization: Basic …` (RFC 7617); either part may be empty. */
  basic(username: string, password: string, exchange?: Exchange): Auth;
  /** Headers with these values. */
  header(params: Readonly<Record<string, string>>, exchange?: Exchange): Auth;
  /** Query parameters with these values. */
  query(params: Readonly<Record<string, string>>, exchange?: Exchange): Auth;
};

/**
 * A sign-in call: the account's variables go to the vendor, what signs requests comes back. The host carries it out; the
 * integration never sees its secrets.
 */
export interface Exchange {
  /** What an account's `authentication_method` says. Default: `exchange`. */
  kind?: "oauth2-client-credentials" | "oauth2-password" | "oauth2-refresh" | "oauth2-authorization-code" | "exchange";
  /** An absolute URL below one of the origins; may hold variables that are not secret. */
  url: string;
  /** Where the fields go: a form, a JSON body (dots in names nest), or the query of a GET. Default: `form`. */
  encoding?: "form" | "json" | "query";
  /** Name and template. */
  fields?: Readonly<Record<string, string>>;
  /**
   * User name and password of HTTP Basic authentication, as templates. For the kinds of OAuth 2.0 both are form-encoded first (RFC 6749
   * §2.3.1).
   */
  basic?: readonly [string, string];
  /** Whether `basic` goes out as it is, for a vendor that does not decode it. Default: `false`. */
  plainBasic?: boolean;
  /** Further headers, name and template. */
  headers?: Readonly<Record<string, string>>;
  /**
   * What the answer brings: name for templates, and where it stands, as a JSON pointer (RFC 6901). One that is not secret can be
   * read with {@link Call.variable}. Default: secret.
   */
  answers?: Readonly<Record<string, { pointer: string; secret?: boolean }>>;
  /** Where the answer says how long it can be used, as a JSON pointer. */
  lifetime?: string;
  /** How long it can be used where the answer does not say it, in seconds. Default: 3,600. */
  seconds?: number;
  /** How an account comes by what the exchange sends, where a person consents to that at the vendor. */
  authorization?: Authorization;
}

/**
 * The OAuth 2.0 authorization code grant (RFC 6749 §4.1): a person is sent to the vendor, consents, and comes back with a code, which the
 * host trades at the URL of the exchange for the first tokens.
 */
export interface Authorization {
  /** Where the person is sent: an `https` URL without query; may hold variables that are not secret. */
  url: string;
  /** The scopes that are asked for. Default: the vendor's own. */
  scopes?: readonly string[];
  /** What stands between scopes. Default: a blank. */
  separator?: string;
  /** Further query parameters of the URL. Those of RFC 6749 and RFC 7636 are the host's to set. */
  params?: Readonly<Record<string, string>>;
  /** Whether the request has a code challenge (RFC 7636): the vendor refuses one without, takes one, or takes none. Default: `on`. */
  pkce?: "required" | "on" | "off";
  /**
   * What the answer to the code or the redirect brings, by the account's variable: at a JSON pointer (RFC 6901) in the answer, or as a
   * query parameter of the redirect.
   */
  captures?: Readonly<Record<string, { pointer: string } | { parameter: string }>>;
}

/** What the three forms of OAuth 2.0 can be told beside their URL. */
export interface OAuth2Options extends Omit<Exchange, "kind" | "url" | "encoding" | "basic"> {
  /** Identifies the client by HTTP Basic authentication (RFC 6749 §2.3.1), and not by fields. Default: `false`, or `plainBasic`. */
  basic?: boolean;
  /** The field `scope`. */
  scope?: string;
}

/** The sign-ins of OAuth 2.0, for an `access_token` that lives as long as `expires_in` says. */
export const exchange: {
  /** The account carries `client_id` and `client_secret` (RFC 6749 §4.4). */
  clientCredentials(url: string, options?: OAuth2Options): Exchange;
  /** The account carries `username` and `password` too (§4.3). */
  password(url: string, options?: OAuth2Options): Exchange;
  /** The account carries a `refresh_token` too (§6); a new one in the answer takes its place. */
  refresh(url: string, options?: OAuth2Options): Exchange;
};

/** The call being served: what the caller asked for, and the way to the vendor. */
export class Call {
  /** The category that the caller uses. Most mappings do not need it. */
  readonly category: Category;
  /** Whether the mapped answer will be used. If not (formats `raw` and `stream`), requests that only fill it can be left out. Always true
   * in `getUser`, whose answer alone says whether the user is there. */
  readonly wantsUser: boolean;
  /**
   * The name by which an account's `authentication_method` chooses the way in which the host signs: the kind of its exchange where it has
   * one, such as `oauth2-refresh`, else that of the scheme, such as `basic`. Undefined where requests are not signed.
   */
  readonly authenticationMethod: string | undefined;
  /**
   * Says that a field of the request will not be written for this user, or in this call, although it is declared as writable: the caller
   * reads its name in `mortise-ignored-fields`. To be said before the first request that writes: the call of a strict caller ends here,
   * with a 400.
   */
  ignore(field: string): void;
  /** Begins a `GET`. */
  get(path: string | Path): Request;
  /** Begins a `POST`. */
  post(path: string | Path): Request;
  /** Begins a `PUT`. */
  put(path: string | Path): Request;
  /** Begins a `PATCH`. */
  patch(path: string | Path): Request;
  /** Begins a `DELETE`. */
  delete(path: string | Path): Request;
  /** A variable of the integrated account, or its declared default. Nothing for a secret, always. */
  variable(name: string): string | undefined;
  /** A unified query parameter of the call; `undefined` when the caller left it out. */
  parameter(name: QueryParameter): unknown;
  /** A unified query parameter that the capabilities declare as required. Throws {@link InvalidInput} if it is missing. */
  requiredParameter(name: QueryParameter): unknown;
  /**
   * Reads what a finished write did not answer with. Nothing if the caller does not want the mapped user, and if it cannot be read: the
   * write is done then, and the call must not tell otherwise. The log gets a line.
   */
  readBack<T>(read: () => T): T | undefined;
  /** The whole user, where a write is answered with nothing of it: as {@link readBack}, under the identifier that is known. */
  readBackUser(id: string, read: () => User | undefined): User;
  /** Logs a detail for authors. No personal data in any of these; at most 64 lines and 16 KiB in a call. */
  debug(message: string): void;
  /** Logs something that operators may want to know. */
  info(message: string): void;
  /** Logs something odd that the mapping could live with. */
  warn(message: string): void;
  /** Logs a fault. */
  error(message: string): void;
}

/** A path, or an absolute URL below an origin, in which every `${value}` is one encoded segment. */
export class Path {
  private constructor();
  toString(): string;
}

/**
 * Writes a path: ``path`/team/${team}/users/${id}` ``. What stands in `${}` becomes part of one segment, percent-encoded; a value that
 * is missing or empty, `.` or `..`, or holds a slash, a backslash or a control character throws {@link InvalidInput}.
 */
export function path(strings: TemplateStringsArray, ...segments: unknown[]): Path;

/** An identifier of a vendor as text, whether it is written as a text or a number; nothing for nothing. */
export function identifier(value: string | number | bigint | null | undefined): string | undefined;

/** A text of a vendor; nothing for nothing, and for an empty text. Throws on others. */
export function text(value: string | null | undefined): string | undefined;

/**
 * The number of up to 64 bits that a caller's identifier is, for vendors who have no others; beyond 2^53 its digits as a text, as in
 * answers. Throws {@link NotFound}: nobody has another one.
 */
export function numericId(id: string): number | string;

/** The RFC 3339 of milliseconds since 1970, a number or its digits; nothing for nothing, and outside of the years 0 to 9999. Throws on others. */
export function millis(value: number | string | null | undefined): string | undefined;

/**
 * The RFC 3339 of a date with a time in another spelling of ISO 8601: `2024-03-01T10:00:00.000+0000`, `2024-03-01 10:00:00`. Without an
 * offset it is taken for UTC. Nothing if it is no date with a time.
 */
export function dateTime(value: string | null | undefined): string | undefined;

/** The value. Throws {@link InvalidInput} at `field` if there is none: the vendor cannot do without it. */
export function required<T>(value: T, field: string): NonNullable<T>;

/** The value as it is, unless it is `null`. Throws {@link InvalidInput} at `field` then: the vendor cannot clear it. */
export function notNull<T>(value: T, field: string): Exclude<T, null>;

/** The value, and for `null` the empty text or what else is empty: how many vendors clear. */
export function orEmpty<T>(value: T, empty?: Exclude<T, null | undefined>): Exclude<T, null>;

/**
 * The one entry of a list. Nothing if the list is empty: it does not say that the one that is there should go. Throws
 * {@link InvalidInput} at the second entry of `field`.
 */
export function single<T>(list: readonly T[] | null | undefined, field: string): T | null | undefined;

/** The address that stands for a user: the entry marked as primary, else the first. Nothing if the list is empty. */
export function primaryEmail(user: User): string | null | undefined;

/** The addresses beside {@link primaryEmail}, in their order. */
export function otherEmails(user: User): string[] | null | undefined;

/**
 * First and last name, for vendors that have no other. What is not given is taken from `name`: `Example, Ada` is split at its comma,
 * `Ada Example` at its last blank; a name of one word is a first name.
 */
export function names(user: User): { first: string | null | undefined; last: string | null | undefined };

/** `name` or, if it is missing or blank, first and last name with a space between them, as far as they are given and not blank. */
export function fullName(user: User): string | null | undefined;

/** The word of each role, its identifier or else its name. Throws {@link InvalidInput} at a role that has neither. */
export function roleWords(user: User): string[] | null | undefined;

/**
 * The roles in a vendor's answer: one or a list of them, each an object with `id` (or `_id`) and `name`, a word or a number. A mere word is
 * the identifier and the name, as a name without an identifier is. What is no role is passed over.
 */
export function roles(value: unknown): Role[] | undefined;

/** {@link roles} of a vendor who knows them by identifier: a mere word or number is that, and a name alone is no identifier. */
export function rolesById(value: unknown): Role[] | undefined;

/** The phone for vendors that have one beside a mobile: the entry of the type `phone`, else the first without a type. */
export function mainPhone(user: User): Phone | null | undefined;

/** The entry of the type `mobile`. */
export function mobilePhone(user: User): Phone | null | undefined;

/** The phones of a user whose vendor has one beside a mobile, as far as it told them; an empty number is none. */
export function mainAndMobile(main: string | null | undefined, mobile: string | null | undefined): Phone[];

/** A boolean that a vendor writes as `true`, 1, `"true"`, `"1"` or `"yes"`, or their counterparts; nothing for nothing. Throws on others. */
export function flag(value: unknown): boolean | undefined;

/** What is asked of `listUsers`. Only what was declared arrives. */
export class Page {
  private constructor();
  /** How many rows, between the declared least and most. */
  readonly size: number;
  /** Where the page begins, in the integration's own text; nothing for the first page. */
  readonly cursor: string | undefined;
  /** What users must fulfil, all of it. The host checks it again on every row. */
  readonly filters: readonly Filter[];
  /** The order that the caller wants. */
  readonly sort: Sort | undefined;
  /** The page's number, for vendors that count pages from 1. Throws {@link InvalidCursor} if the cursor is no number. */
  number(): number;
  /** Rows before the page, for vendors that skip rows. Throws {@link InvalidCursor} if the cursor is no number. */
  offset(): number;
  /** The value that users must have in `field`. */
  filter(field: string): string | undefined;
  /** The bound of `field` by `operator`. */
  bound(field: string, operator: "gt" | "gte" | "lt" | "lte"): string | undefined;
}

/** What users must fulfil. */
export interface Filter {
  /** The field: `email`, `created_at`. */
  field: string;
  /** How it is compared. */
  operator: "eq" | "gt" | "gte" | "lt" | "lte";
  /** Text; `true` or `false`; a time of RFC 3339 in UTC. */
  value: string;
}

/** An order. */
export interface Sort {
  /** The field: `name`. */
  field: string;
  /** Whether the last comes first. */
  descending: boolean;
}

/** A page of users, from {@link Rows.next}. */
export interface UsersPage {
  /** The users in the vendor's order, at most 10,000. */
  rows: Row[];
  /** Where the next page begins, in at most 4,096 bytes; nothing: this was the last one. */
  next?: string;
  /** Whether the rows hold less than was declared, because a request that should complete them failed. Default: `false`. */
  partial?: boolean;
}

/** One user of a page. */
export interface Row {
  /** The user, with an identifier. */
  user: User;
  /** Where its own text stands in the primary answer: a JSON pointer, such as `/data/3`. Default: it has none there. */
  source?: string;
}

/** The rows of an answer, before it is known where the next page begins: from {@link Response.usersIn} and its siblings. */
export class Rows {
  private constructor();
  /** How many rows the vendor gave. */
  readonly count: number;
  /** The text at a JSON pointer in the answer, or the digits of a number; nothing where there is none, or an empty one. */
  text(pointer: string): string | undefined;
  /** The whole number from 0 at a JSON pointer in the answer, also where it is written as a text. */
  number(pointer: string): number | undefined;
  /** Whether the answer has `true` at a JSON pointer. */
  flag(pointer: string): boolean;
  /**
   * The value of a query parameter in the URL at a JSON pointer in the answer, decoded once. The parameter is what goes on, never the URL:
   * that could lead elsewhere.
   */
  queryOf(pointer: string, parameter: string): string | undefined;
  /** The value of a query parameter in the URL of the header `link` whose relation is `next` (RFC 8288), decoded once. */
  link(parameter: string): string | undefined;
  /** A header of the answer. */
  header(name: string): string | undefined;
  /**
   * The page, and where the next one begins: by the vendor's own sign. Nothing, `false` or an empty text: this was the last page. The
   * usual end of `listUsers`: `next((rows) => rows.flag("/has_more") && page.number() + 1)`.
   */
  next(find: (rows: this) => string | number | false | null | undefined): UsersPage;
  /** The only page that there is. */
  last(): UsersPage;
}

/** A vendor request being written. */
export class Request {
  private constructor();
  /** Adds a query parameter; the host encodes it. `undefined` adds nothing. */
  query(name: string, value: string | number | boolean | undefined): this;
  /** Adds a header. The host refuses those that it sets itself: credentials, `host`, `content-length` and the like. */
  header(name: string, value: string): this;
  /** Sets a JSON body (`content-type: application/json`). */
  json(body: unknown): this;
  /** Sets a form body (`content-type: application/x-www-form-urlencoded`); `undefined` members are left out. */
  form(fields: Readonly<Record<string, string | number | boolean | undefined>>): this;
  /**
   * Marks the request that carries the call, one in each call: the caller's `remote_query` and `remote_data` are merged into it,
   * and its answer is what the caller gets as `remote_data`, `raw` or `stream`.
   */
  primary(): this;
  /** Sends it and waits for an answer with a success status. Throws a {@link Failure}, which has the answer if there is one. */
  send(): Response;
  /** Sends it and waits for an answer, whatever its status: for vendors whose statuses mean something to the mapping. */
  sendAny(): Response;
}

/** A vendor's answer. */
export class Response {
  private constructor();
  /** The HTTP status, 100 to 599. */
  readonly status: number;
  /** One header, where the host lets it through. */
  header(name: string): string | undefined;
  /** Whether the answer has no body. */
  readonly isEmpty: boolean;
  /**
   * The answer itself. Throws {@link VendorError} on an error status, and {@link InternalError} on any other but 2xx and for a page for
   * people, such as the sign-in page of a server before the vendor's API: after a write the outcome is unknown then.
   */
  success(): this;
  /**
   * The answer itself. Throws {@link Refused} if `failed` finds in its JSON that the vendor did not do what was asked, whatever its
   * status says: `send().refusedIf((answer) => answer.success === false)`. For the vendors that are known to say it so; of others the
   * usual signs are enough ({@link Response.user}).
   */
  refusedIf<T = any>(failed: (answer: T) => boolean): this;
  /**
   * Reads the vendor's record and maps it. Nothing if the caller does not want the mapped user, and if the vendor answers with nothing.
   * The usual end of an operation.
   *
   * Throws {@link Refused} if there is no user in the answer, but one of the usual signs of an error (`error`, `errors`,
   * `"success": false`, `"status": "error"`); {@link InternalError} if there is neither: a user has `id`, `external_id`, `username` or an
   * address.
   */
  user<T = any>(map: (record: T) => User): User | undefined;
  /** {@link Response.user}, whether or not the caller wants it: for mappings that need the record to go on. */
  record<T = any>(map: (record: T) => User): User;
  /**
   * The users of an answer that is a list of them, each mapped. Throws as {@link Response.record}, and names the row. If the caller does not
   * want the mapped users (formats `raw` and `stream`), rows are not mapped.
   */
  users<T = any>(map: (record: T) => User): Rows;
  /**
   * {@link Response.users} in the list that is the member of the answer by this name, or to which a JSON pointer (RFC 6901) leads: `data` of
   * `{"data": […], "meta": {…}}`, `/data/users`.
   */
  usersIn<T = any>(list: string, map: (record: T) => User): Rows;
  /** {@link Response.users} below each entry of a list, as GraphQL has them: `usersBelow("/data/users/edges", "/node", read)`. */
  usersBelow<T = any>(list: string, inner: string, map: (record: T) => User): Rows;
  /**
   * Waits for the end of an answer that holds nothing to map, as most to a deletion do. Throws {@link Refused} if it has one of the usual
   * signs of an error.
   */
  empty(): void;
  /**
   * Reads the body as JSON in the vendor's own words; throws {@link InternalError} if it is something else. An integer beyond 2^53 is
   * read as a text, so that it keeps its digits.
   */
  json<T = any>(): T;
  /** Reads the body as text. */
  text(): string;
  /** Reads the body as it came, decompressed, at most 4 MiB; the primary answer of a list at most 16 MiB. */
  bytes(): Uint8Array;
}

/** Who must act to make a call succeed. */
export type FailureKind =
  | "invalid-input"
  | "not-found"
  | "unsupported"
  | "vendor"
  | "refused"
  | "invalid-cursor"
  | "denied"
  | "timeout"
  | "internal";

/** What else a failure says. */
export interface FailureOptions {
  /** The field of the canonical user at fault, such as `emails[0].email`; the caller reads its name in the category. */
  field?: string;
  /** What led to it. Not shown to the caller. */
  cause?: unknown;
  /** The vendor's answer that says so. */
  response?: Response;
}

/** A failure that the host turns into an HTTP error for the caller. Anything else that is thrown counts as `internal`. */
export class Failure extends Error {
  constructor(kind: FailureKind, message?: string, options?: FailureOptions);
  /** Who must act. */
  readonly kind: FailureKind;
  /** The field at fault, where one is. */
  readonly field: string | undefined;
  /** The vendor's answer, where {@link Request.send} or {@link Response.success} threw this: its status, headers and body. */
  readonly response: Response | undefined;
}

/**
 * What `action` returns. If it fails, the failure says what the call had already done before, so that a caller who gets it knows:
 * ``after(`user ${id} was created, but not put into group ${group}`, () => call.put(…).send())``. Kind and field stay.
 */
export function after<T>(done: string, action: () => T): T;

/** The caller sent something that this vendor cannot take: 400. */
export class InvalidInput extends Failure {
  constructor(message: string, options?: FailureOptions);
}

/** The vendor has no such record, although it did not say so with a status: 404. */
export class NotFound extends Failure {
  constructor(message: string, options?: FailureOptions);
}

/** The vendor cannot do what was asked: 501. */
export class Unsupported extends Failure {
  constructor(message: string, options?: FailureOptions);
}

/** The vendor's answer says that it failed. Without a message the host takes it from the vendor's body. */
export class VendorError extends Failure {
  constructor(message?: string, options?: FailureOptions);
}

/**
 * The vendor's latest answer says in its body, under a status of success, that it did not do what was asked: 422. Without a message the
 * host takes it from that body. {@link Response.refusedIf} throws it.
 */
export class Refused extends Failure {
  constructor(message?: string, options?: FailureOptions);
}

/** The vendor no longer takes the cursor of a list, because it has expired or the vendor never gave it out: 400. */
export class InvalidCursor extends Failure {
  constructor(message?: string, options?: FailureOptions);
}

/** The integration met something that it cannot explain: 502. */
export class InternalError extends Failure {
  constructor(message: string, options?: FailureOptions);
}
