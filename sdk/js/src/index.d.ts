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
 * - A field of a request is missing (do not change it), `null` (clear it) or has a value. `JSON.stringify` leaves out
 *   `undefined` members and keeps `null`, so `{ full_name: user.name }` passes all three on to the vendor.
 * - Requests wait for their answers: nothing is `async`.
 * - The template {@link path} puts a caller's identifier into a path, where it cannot become more than one segment.
 */

import type { Phone, Role, User } from "./model.js";
import type {
  AuthKind,
  Category,
  Effect,
  End,
  EvidenceKind,
  ExchangeEncoding,
  ExchangeKind,
  FailureKind,
  JsonType,
  Operation,
  Operator,
  Order,
  Pkce,
  QueryParameter,
} from "./words.js";

export type * from "./model.js";
export type * from "./words.js";

/**
 * One vendor's integration: the default export of the project's main module. The host never calls an operation that the
 * capabilities do not declare, so it needs no function.
 */
export interface Integration<C extends Capabilities = Capabilities> {
  /**
   * The declaration. The host reads it once for each loaded version, so it must not depend on anything outside the
   * component.
   */
  capabilities: C;
  /**
   * Creates a user and returns the vendor's record of it, or nothing if the vendor's answer is empty. `user` holds only
   * fields that were declared as required or writable.
   */
  createUser?(call: Call, user: UserOf<C>): User | undefined | void;
  /**
   * Updates the user `id`, as the caller gave it. Do not change a field that is missing, and clear one that is `null`.
   * Returns as `createUser` does.
   */
  updateUser?(call: Call, id: string, user: UserOf<C>): User | undefined | void;
  /**
   * Reads the user `id`. Returns nothing if the vendor has no such user and does not say so by a status of 404 or 410.
   */
  getUser?(call: Call, id: string): User | undefined | void;
  /**
   * Reads one page of users: {@link Response.usersIn} and its siblings make the page from the vendor's answer. Throws
   * {@link InvalidCursor} if the vendor does not take the cursor any more.
   */
  listUsers?(call: Call, page: Page): UsersPage;
  /**
   * Deletes the user `id` by one request, which has the declared effect and is the primary one. Throws {@link NotFound}
   * if the vendor says that the user is gone already, and not by a status of 404 or 410.
   */
  deleteUser?(call: Call, id: string): void;
}

/** Gives an integration its types, also those of its own fields, and returns it unchanged. */
export function defineIntegration<const C extends Capabilities>(integration: Integration<C>): Integration<C>;

/** A user with the fields that operations of this declaration have of their own ({@link Support.own}). */
export type UserOf<C extends Capabilities> = User & {
  [field in keyof Own<C["operations"][number]>]?: OwnValue<Own<C["operations"][number]>[field]> | null;
};

/** The own fields of all of these operations. */
type Own<S> = (S extends { own: infer O } ? (own: O) => void : never) extends (own: infer All) => void ? All : never;

/** The TypeScript type of a JSON type. */
type OwnValue<T> = T extends keyof OwnValues ? OwnValues[T] : unknown;

interface OwnValues {
  string: string;
  boolean: boolean;
  integer: number;
  number: number;
  object: Record<string, unknown>;
  array: unknown[];
}

/** The declaration of one integration. The host checks it when it loads the component, and reports every fault. */
export interface Capabilities {
  /** The name in URLs, accounts and on disk: 1 to 64 lower-case letters, digits and single hyphens. It never changes. */
  slug: string;
  /** The name that people read. */
  label: string;
  /**
   * The API bases that the integration sends requests to: `https` and a host, with an optional base path. A host label
   * may be a `{variable}`; `{variable*}` in place of a label stands for one label or more. The first is the base of
   * relative paths.
   */
  origins: readonly [string, ...string[]];
  /**
   * The vendor's own request headers that the integration sets: `x-`, then lower-case letters, digits and single
   * hyphens. The operator grants them with the origins. A header that carries a credential belongs in `auth.header`.
   * Default: none.
   */
  headers?: readonly string[];
  /** The values that an integrated account carries. Default: none. */
  variables?: readonly Variable[];
  /** Sets of optional variables, by name. An account must carry one set whole. Default: none. */
  variableSets?: readonly (readonly string[])[];
  /**
   * The ways in which the host may sign requests. The host uses the first whose variables the account has. Default:
   * unsigned.
   */
  auth?: readonly Auth[];
  /** The vendor's rate limits for one account. All of them hold at once. Default: no limit. */
  limits?: readonly RateLimit[];
  /**
   * Where the vendor's error answers have the sentence for people, as JSON pointers (RFC 6901). The host uses the first
   * that leads to a text. The token `*` stands for every member of a list or an object, in order. If none leads to a
   * text, the host searches the answer by the usual names. Declare only a place that this search would not find.
   * Default: none.
   */
  errorMessages?: readonly string[];
  /** The operations, each category and operation once. */
  operations: readonly Support[];
  /**
   * How the author knows the vendor's API. Operators see it beside the integration's name. Default: the author does not
   * say.
   */
  evidence?: Evidence;
  /**
   * The probe: one `GET` by which the host asks the vendor whether it takes an account, without the integration. Choose
   * a cheap read that every account may make, such as `/users?limit=1`. It is a path below the first origin, or an
   * absolute URL below any origin, and may hold `{variables}` that are not secret. Default: the host lists one user, if
   * a list needs no parameter.
   */
  probe?: string;
}

/** How the author knows the vendor's API. */
export interface Evidence {
  /** The best evidence that most of the facts have. */
  kind: EvidenceKind;
  /** The day on which somebody last checked the facts, such as `2026-11-30`. */
  checked: string;
}

/** One value that an integrated account carries in its `context`. */
export interface Variable {
  /** The key in `context`: lower-case letters, digits and underscores. */
  name: string;
  /** The name of the form's field, in the vendor's words. */
  label: string;
  /** Whether an account needs a value. Default: `true`, unless the variable has a default. */
  required?: boolean;
  /**
   * Whether it is a credential. The host encrypts it, never returns it, and never shows it to the integration. Default:
   * `false`.
   */
  secret?: boolean;
  /** The value if the account has none. A secret has no default. */
  default?: string;
  /** Where a person finds the value: one or two sentences of plain text below the form's field, at most 500 bytes. */
  help?: string;
  /** The closed set of values; a default is one of them. A secret has no set. Default: any value. */
  values?: readonly string[];
  /** Whether a form shows a secret while a person types it: a user name, an e-mail address, a client ID. Default: `false`. */
  shown?: boolean;
}

/** A required credential. */
export function secret(name: string, label: string): Variable;

/** A value that is not secret, such as a subdomain: required, unless it has a default. */
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
  /** Body fields that the integration uses if the caller gives them. */
  writable?: readonly string[];
  /** Body fields that the vendor cannot write, each with the reason for the documentation. */
  ignored?: Readonly<Record<string, string>>;
  /** The closed sets of values of body fields. */
  values?: Readonly<Record<string, readonly string[]>>;
  /**
   * Body fields that only this vendor has, with their JSON types. They stand at the top level of the user. Answers of
   * all operations of the category can hold them, if their `response` names them. Declare a field that can only be read
   * in `get-user` or `list-users`.
   */
  own?: Readonly<Record<string, JsonType>>;
  /** Remarks on body fields. */
  notes?: Readonly<Record<string, string>>;
  /** Unified query parameters without which the host answers 400. */
  queryRequired?: readonly (QueryParameter | ListParameter)[];
  /**
   * Unified query parameters that the integration uses if the caller gives them; in `list-users` also filters and
   * orders.
   */
  query?: readonly (QueryParameter | ListParameter)[];
  /** The closed sets of values of query parameters. An order has `asc`, `desc` or one of them. */
  queryValues?: Readonly<Partial<Record<QueryParameter | ListParameter, readonly string[]>>>;
  /** Remarks on query parameters. */
  queryNotes?: Readonly<Partial<Record<QueryParameter | ListParameter, string>>>;
  /** The fields that the answer can hold. `delete-user` has none. */
  response?: readonly string[];
  /** How the vendor lists users. Only `list-users` has it, and must have it. */
  listing?: Listing;
  /** What a deletion does to the user. Only `delete-user` has it, and must have it. */
  effect?: Effect;
}

/** How the vendor lists users, from its documentation. The host keeps callers within these limits. */
export interface Listing {
  /** The rows of a page if the caller does not say how many. */
  usual: number;
  /** The most rows of a page, up to 1,000. */
  most: number;
  /**
   * The fewest rows of a page, if that is more than one. The host keeps the rest for its caller's next page. Default:
   * 1.
   */
  least?: number;
  /** How the vendor marks the last page. Default: `told`. */
  end?: End;
  /** The order of rows. Default: `unstable`. */
  order?: Order;
  /** How long the vendor takes a cursor, in seconds, if the vendor says so. */
  cursorSeconds?: number;
  /** How many rows a caller can page through, if the vendor ends the list there. */
  depth?: number;
  /** Whether several filters hold together. Default: `true`. */
  combines?: boolean;
  /** The fields of the answer that a single read tells and rows do not hold. Default: none. */
  partial?: readonly string[];
  /** The kinds of users that the list leaves out, in words, such as `invited users`. Default: none. */
  leavesOut?: readonly string[];
}

/**
 * The unified query parameters of `list-users` alone: a filter for equality, such as `email`; a bound, such as
 * `created_at[gte]`; an order, such as `sort_by[name]`. They arrive in {@link Page}.
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
  | `${"created_at" | "updated_at"}[${Exclude<Operator, "eq">}]`
  | `sort_by[${string}]`;

/** How the host signs requests. Made by {@link auth}. */
export interface Auth {
  /** Where the credentials go. */
  kind: AuthKind;
  /** Name and template. */
  params: Readonly<Record<string, string>>;
  /** The sign-in that brings the values that the account does not carry. */
  exchange?: Exchange;
  /** The declared origins whose requests this scheme alone signs. Default: the origins that no scheme names. */
  origins?: readonly string[];
}

/**
 * The same way to sign, for the requests to these origins alone, spelled as they are declared: for a vendor that wants
 * another credential at another host. The scheme cannot have an exchange then.
 */
export function at(scheme: Auth, ...origins: [string, ...string[]]): Auth;

/**
 * How the host signs requests. Values are templates: `{name}` stands for the account's variable, or for the answer of
 * the exchange with that name. `{name|md5|base64}` transforms the value.
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
 * A sign-in call: the host sends variables of the account to the vendor, and the answer brings values that sign
 * requests. The host makes the call; the integration never sees its secrets.
 */
export interface Exchange {
  /** The name by which an account's `authentication_method` chooses the scheme. Default: `exchange`. */
  kind?: ExchangeKind;
  /** An absolute URL below one of the origins. It may hold variables that are not secret. */
  url: string;
  /** Where the fields go. Default: `form`. */
  encoding?: ExchangeEncoding;
  /** Name and template. */
  fields?: Readonly<Record<string, string>>;
  /**
   * User name and password of HTTP Basic authentication, as templates. The host form-encodes both for the OAuth 2.0
   * kinds (RFC 6749 §2.3.1).
   */
  basic?: readonly [string, string];
  /**
   * Whether the host sends `basic` without that form-encoding, for a vendor that does not decode it. Default: `false`.
   */
  plainBasic?: boolean;
  /** Further headers, name and template. */
  headers?: Readonly<Record<string, string>>;
  /**
   * The values that the host reads from the answer: the name for templates, and the place, as a JSON pointer (RFC
   * 6901). {@link Call.variable} reads one that is not secret. Default: secret.
   */
  answers?: Readonly<Record<string, { pointer: string; secret?: boolean }>>;
  /** The place of their lifetime in the answer, as a JSON pointer. */
  lifetime?: string;
  /** Their lifetime in seconds if the answer does not say it. Default: 3,600. */
  seconds?: number;
  /** How an account obtains the values that the exchange sends, if a person consents to that at the vendor. */
  authorization?: Authorization;
}

/**
 * The OAuth 2.0 authorization code grant (RFC 6749 §4.1). The host sends a person to the vendor. The person consents,
 * and comes back with a code. The host exchanges the code for the first tokens at the URL of the exchange.
 */
export interface Authorization {
  /** Where the host sends the person: an `https` URL without query. It may hold variables that are not secret. */
  url: string;
  /** The scopes to ask for. Default: the vendor's own. */
  scopes?: readonly string[];
  /** The text between scopes. Default: a blank. */
  separator?: string;
  /** Further query parameters of the URL. The host alone sets those of RFC 6749 and RFC 7636. */
  params?: Readonly<Record<string, string>>;
  /** Whether the vendor takes a code challenge. Default: `on`. */
  pkce?: Pkce;
  /**
   * Values that the account's variables get from the answer to the code or from the redirect: by a JSON pointer (RFC
   * 6901) into the answer, or by a query parameter of the redirect.
   */
  captures?: Readonly<Record<string, { pointer: string } | { parameter: string }>>;
}

/** The options of the OAuth 2.0 exchanges beside their URL. */
export interface OAuth2Options extends Omit<Exchange, "kind" | "url" | "encoding" | "basic"> {
  /**
   * Identifies the client by HTTP Basic authentication (RFC 6749 §2.3.1) in place of fields. Default: `false`, or
   * `plainBasic`.
   */
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
  /** The account carries a `refresh_token` too (§6). A new one in the answer replaces it. */
  refresh(url: string, options?: OAuth2Options): Exchange;
};

/** The call that an integration serves: the caller's parameters, and requests to the vendor. */
export class Call {
  /** The category that the caller uses. Most mappings do not need it. */
  readonly category: Category;
  /**
   * Whether the host will use the mapped answer. If not (formats `raw` and `stream`), leave out requests that only fill
   * it. Always true in `getUser`, because only the answer says whether the vendor has the user.
   */
  readonly wantsUser: boolean;
  /**
   * The name of the scheme that signs, as an account's `authentication_method` spells it: the kind of the scheme's
   * exchange if it has one, such as `oauth2-refresh`, else the scheme's own kind, such as `basic`. `undefined` if the
   * host does not sign the requests.
   */
  readonly authenticationMethod: string | undefined;
  /**
   * Says that this call will not write a field of the request that is declared as writable. The caller reads its name
   * in `mortise-ignored-fields`. Call it before the first request that writes: a strict caller then gets a 400, and
   * nothing is written.
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
  /** A variable of the integrated account, or its declared default. Always nothing for a secret. */
  variable(name: string): string | undefined;
  /** A unified query parameter of the call. `undefined` if the caller left it out. */
  parameter(name: QueryParameter): unknown;
  /** A unified query parameter that the capabilities declare as required. Throws {@link InvalidInput} if it is missing. */
  requiredParameter(name: QueryParameter): unknown;
  /**
   * Reads a record, or a part of it, if a finished write did not answer with it. Nothing if the caller does not want
   * the mapped user, and if the read fails: the write is done by then, so the call must not fail. The log gets a line.
   */
  readBack<T>(read: () => T): T | undefined;
  /**
   * The whole user, for a vendor that answers a write with nothing of it: as {@link readBack}, with the known
   * identifier.
   */
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
 * Writes a path: ``path`/team/${team}/users/${id}` ``. The value in `${}` becomes part of one segment, percent-encoded.
 * A value that is missing or empty, `.` or `..`, or holds a slash, a backslash or a control character throws {@link
 * InvalidInput}.
 */
export function path(strings: TemplateStringsArray, ...segments: unknown[]): Path;

/** A vendor's identifier as text, whether it is a text or a number. Nothing for nothing. */
export function identifier(value: string | number | bigint | null | undefined): string | undefined;

/** A vendor's text. Nothing for nothing, and for an empty text. Throws on other types. */
export function text(value: string | null | undefined): string | undefined;

/**
 * The number of a caller's identifier, up to 64 bits, for vendors whose identifiers are numbers. Beyond 2^53 it is a
 * text of its digits, as in answers. Throws {@link NotFound} if it is not a number: no user has that identifier.
 */
export function numericId(id: string): number | string;

/**
 * Milliseconds since 1970, a number or its digits, as RFC 3339. Nothing for nothing, and outside the years 0 to 9999.
 * Throws on other types.
 */
export function millis(value: number | string | null | undefined): string | undefined;

/**
 * A date with a time in another spelling of ISO 8601, such as `2024-03-01T10:00:00.000+0000` or `2024-03-01 10:00:00`,
 * as RFC 3339. Without an offset it counts as UTC. Nothing if it is not a date with a time.
 */
export function dateTime(value: string | null | undefined): string | undefined;

/** The value, for a vendor that needs one. Throws {@link InvalidInput} at `field` if there is none. */
export function required<T>(value: T, field: string): NonNullable<T>;

/** The value as it is, for a vendor that cannot clear it. Throws {@link InvalidInput} at `field` if it is `null`. */
export function notNull<T>(value: T, field: string): Exclude<T, null>;

/** The value, with an empty one in place of `null`, as many vendors clear a field. */
export function orEmpty<T>(value: T, empty?: Exclude<T, null | undefined>): Exclude<T, null>;

/**
 * The one entry of a list. Nothing if the list is empty, because an empty list does not ask to remove the present
 * entry. Throws {@link InvalidInput} at the second entry of `field`.
 */
export function single<T>(list: readonly T[] | null | undefined, field: string): T | null | undefined;

/** The user's main address: the entry marked as primary, otherwise the first. Nothing if the list is empty. */
export function primaryEmail(user: User): string | null | undefined;

/** The addresses beside {@link primaryEmail}, in their order. */
export function otherEmails(user: User): string[] | null | undefined;

/**
 * First and last name, for vendors without a whole name. A part that the caller does not give comes from `name`:
 * `Example, Ada` is split at its comma, `Ada Example` at its last blank. A name of one word is a first name.
 */
export function names(user: User): { first: string | null | undefined; last: string | null | undefined };

/**
 * `name` or, if it is missing or blank, first and last name with a space between them, without parts that are missing
 * or blank.
 */
export function fullName(user: User): string | null | undefined;

/**
 * The identifier of each role, or its name if it has no identifier. Throws {@link InvalidInput} at a role with neither.
 */
export function roleWords(user: User): string[] | null | undefined;

/**
 * The roles in a vendor's answer: one or a list of them, each an object with `id` (or `_id`) and `name`, a word or a
 * number. A word alone is both identifier and name, and so is a name without an identifier. Skips anything that is not
 * a role.
 */
export function roles(value: unknown): Role[] | undefined;

/**
 * {@link roles} for a vendor that knows them by identifier: a word or number alone is the identifier, and a name alone
 * is not.
 */
export function rolesById(value: unknown): Role[] | undefined;

/**
 * The phone for vendors with one phone and one mobile: the entry of the type `phone`, otherwise the first without a
 * type.
 */
export function mainPhone(user: User): Phone | null | undefined;

/** The entry of the type `mobile`. */
export function mobilePhone(user: User): Phone | null | undefined;

/**
 * The phones of a user whose vendor has one phone and one mobile, as far as the vendor gave them. An empty number is no
 * phone.
 */
export function mainAndMobile(main: string | null | undefined, mobile: string | null | undefined): Phone[];

/**
 * A boolean that a vendor writes as `true`, 1, `"true"`, `"1"` or `"yes"`, or their opposites. Nothing for nothing.
 * Throws on other values.
 */
export function flag(value: unknown): boolean | undefined;

/** The page that the host asks `listUsers` for. It holds only declared filters and orders. */
export class Page {
  private constructor();
  /** The number of rows, between the declared least and most. */
  readonly size: number;
  /** Where the page begins, in the integration's own text. Nothing: the first page. */
  readonly cursor: string | undefined;
  /** The filters; users must match all of them. The host checks them again on every row. */
  readonly filters: readonly Filter[];
  /** The order that the caller wants. */
  readonly sort: Sort | undefined;
  /**
   * The page's number, for vendors that count pages from 1. Throws {@link InvalidCursor} if the cursor is not a number.
   */
  number(): number;
  /**
   * The number of rows before the page, for vendors that skip rows. Throws {@link InvalidCursor} if the cursor is not a
   * number.
   */
  offset(): number;
  /** The value that users must have in `field`, if the caller filters by it. */
  filter(field: string): string | undefined;
  /** The bound of `field` by `operator`. */
  bound(field: string, operator: Exclude<Operator, "eq">): string | undefined;
}

/** A filter that users must match. */
export interface Filter {
  /** The field, such as `email` or `created_at`. */
  field: string;
  /** The comparison. */
  operator: Operator;
  /** The value to compare with: text; `true` or `false`; a time of RFC 3339 in UTC. */
  value: string;
}

/** An order. */
export interface Sort {
  /** The field, such as `name`. */
  field: string;
  /** Whether the order is descending. */
  descending: boolean;
}

/** A page of users, from {@link Rows.next}. */
export interface UsersPage {
  /** The users in the vendor's order, at most 10,000. */
  rows: Row[];
  /** Where the next page begins, in at most 4,096 bytes. Nothing: this was the last page. */
  next?: string;
  /** Whether the rows hold less than declared, because a request that should complete them failed. Default: `false`. */
  partial?: boolean;
}

/** One user of a page. */
export interface Row {
  /** The user, with an identifier. */
  user: User;
  /**
   * The place of the user's own text in the primary answer: a JSON pointer, such as `/data/3`. Default: it has none
   * there.
   */
  source?: string;
}

/**
 * The rows of an answer, from {@link Response.usersIn} and its siblings, before the integration has said where the next
 * page begins.
 */
export class Rows {
  private constructor();
  /** The number of rows that the vendor gave. */
  readonly count: number;
  /**
   * The text at a JSON pointer in the answer, or the digits of a number. Nothing if there is no text, or an empty one.
   */
  text(pointer: string): string | undefined;
  /** The whole number from 0 at a JSON pointer in the answer, even if it is written as a text. */
  number(pointer: string): number | undefined;
  /** Whether the answer has `true` at a JSON pointer. */
  flag(pointer: string): boolean;
  /**
   * The value of a query parameter in the URL at a JSON pointer in the answer, decoded once. Continue with the
   * parameter, never with the URL, which could lead elsewhere.
   */
  queryOf(pointer: string, parameter: string): string | undefined;
  /**
   * The value of a query parameter in the URL of the `link` header whose relation is `next` (RFC 8288), decoded once.
   */
  link(parameter: string): string | undefined;
  /** A header of the answer. */
  header(name: string): string | undefined;
  /**
   * The page, and where the next one begins, by the vendor's own sign. Nothing, `false` or an empty text: this was the
   * last page. This is how most `listUsers` end: `next((rows) => rows.flag("/has_more") && page.number() + 1)`.
   */
  next(find: (rows: this) => string | number | false | null | undefined): UsersPage;
  /** The only page of the list. */
  last(): UsersPage;
}

/** A vendor request that an integration builds. */
export class Request {
  private constructor();
  /** Adds a query parameter. The host encodes it. `undefined` adds nothing. */
  query(name: string, value: string | number | boolean | undefined): this;
  /**
   * Adds a header. The host refuses headers that it sets itself: credentials, `host`, `content-length` and the like.
   */
  header(name: string, value: string): this;
  /** Sets a JSON body (`content-type: application/json`). */
  json(body: unknown): this;
  /** Sets a form body (`content-type: application/x-www-form-urlencoded`); `undefined` members are left out. */
  form(fields: Readonly<Record<string, string | number | boolean | undefined>>): this;
  /**
   * Marks the request that carries the call, one in each call. The host merges the caller's `remote_query` and
   * `remote_data` into it, and the caller gets its answer as `remote_data`, `raw` or `stream`.
   */
  primary(): this;
  /**
   * Sends the request and waits for an answer with a status of success. Throws a {@link Failure}, which has the answer
   * if there is one.
   */
  send(): Response;
  /**
   * Sends the request and waits for an answer, whatever its status: for vendors whose statuses mean something to the
   * mapping.
   */
  sendAny(): Response;
}

/** A vendor's answer. */
export class Response {
  private constructor();
  /** The HTTP status, 100 to 599. */
  readonly status: number;
  /** One header, if the host passes it on. */
  header(name: string): string | undefined;
  /** Whether the answer has no body. */
  readonly isEmpty: boolean;
  /**
   * The answer itself. Throws {@link VendorError} on an error status. Throws {@link InternalError} on any other status
   * but 2xx, and for a page for people, such as the sign-in page of a server in front of the vendor's API: after a
   * write the outcome is unknown then.
   */
  success(): this;
  /**
   * The answer itself. Throws {@link Refused} if `failed` finds in its JSON that the vendor did not do what it was
   * asked to, whatever the status is: `send().refusedIf((answer) => answer.success === false)`. Use it for vendors that
   * are known to answer so. For others the usual signs are enough ({@link Response.user}).
   */
  refusedIf<T = any>(failed: (answer: T) => boolean): this;
  /**
   * Reads the vendor's record and maps it. Nothing if the caller does not want the mapped user, and if the vendor's
   * answer is empty. This is how most operations end.
   *
   * Throws {@link Refused} if the answer has no user, but has one of the usual signs of an error (`error`, `errors`,
   * `"success": false`, `"status": "error"`). Throws {@link InternalError} if it has neither: a user has `id`,
   * `external_id`, `username` or an address.
   */
  user<T = any>(map: (record: T) => User): User | undefined;
  /** {@link Response.user}, even if the caller does not want it: for mappings that need the record to continue. */
  record<T = any>(map: (record: T) => User): User;
  /**
   * The users of an answer that is a list of them, each mapped. Throws as {@link Response.record}, and names the row.
   * If the caller does not want the mapped users (formats `raw` and `stream`), it does not map the rows.
   */
  users<T = any>(map: (record: T) => User): Rows;
  /**
   * {@link Response.users} in a list inside the answer. `list` is the name of the member, or a JSON pointer (RFC 6901):
   * `data` for `{"data": […], "meta": {…}}`, `/data/users`.
   */
  usersIn<T = any>(list: string, map: (record: T) => User): Rows;
  /**
   * {@link Response.users} below each entry of a list, as in GraphQL: `usersBelow("/data/users/edges", "/node", read)`.
   */
  usersBelow<T = any>(list: string, inner: string, map: (record: T) => User): Rows;
  /**
   * Waits for the end of an answer without anything to map, such as most answers to deletions. Throws {@link Refused}
   * if it has one of the usual signs of an error.
   */
  empty(): void;
  /**
   * Reads the body as JSON in the vendor's own words. Throws {@link InternalError} if it is something else. An integer
   * beyond 2^53 becomes a text, so that it keeps its digits.
   */
  json<T = any>(): T;
  /** Reads the body as text. */
  text(): string;
  /** Reads the body as it came, decompressed: at most 4 MiB, or at most 16 MiB for the primary answer of a list. */
  bytes(): Uint8Array;
}

/** The further members of a failure. */
export interface FailureOptions {
  /** The field of the canonical user at fault, such as `emails[0].email`; the caller reads its name in the category. */
  field?: string;
  /** The cause. The host does not show it to the caller. */
  cause?: unknown;
  /** The vendor's answer that caused it. */
  response?: Response;
}

/** A failure that the host turns into an HTTP error for the caller. Anything else that is thrown counts as `internal`. */
export class Failure extends Error {
  constructor(kind: FailureKind, message?: string, options?: FailureOptions);
  /** Who must act. */
  readonly kind: FailureKind;
  /** The field at fault, if one is named. */
  readonly field: string | undefined;
  /**
   * The vendor's answer, if {@link Request.send} or {@link Response.success} threw this: its status, headers and body.
   */
  readonly response: Response | undefined;
}

/**
 * Returns the result of `action`. If it fails, the failure says what the call had already done before, so that the
 * caller knows: ``after(`user ${id} was created, but not put into group ${group}`, () => call.put(…).send())``. Kind
 * and field stay.
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

/** The vendor cannot do what the caller asked for: 501. */
export class Unsupported extends Failure {
  constructor(message: string, options?: FailureOptions);
}

/** The vendor's answer says that it failed. Without a message the host takes it from the vendor's body. */
export class VendorError extends Failure {
  constructor(message?: string, options?: FailureOptions);
}

/**
 * The vendor's latest answer has a status of success, but its body says that the vendor did not do what it was asked
 * to: 422. Without a message the host takes it from that body. {@link Response.refusedIf} throws it.
 */
export class Refused extends Failure {
  constructor(message?: string, options?: FailureOptions);
}

/**
 * The vendor does not take the cursor of a list, because the cursor has expired or the vendor never gave it out: 400.
 */
export class InvalidCursor extends Failure {
  constructor(message?: string, options?: FailureOptions);
}

/** The integration met something that it cannot explain: 502. */
export class InternalError extends Failure {
  constructor(message: string, options?: FailureOptions);
}
