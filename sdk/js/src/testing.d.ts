/** A scripted vendor, so that `node --test` needs neither a host nor WebAssembly. */

import type { Capabilities, Category, Integration, Sort, User, UserOf } from "./index.js";

/** The inputs of a call. */
export interface MockOptions {
  /** Default: `user-directory`. */
  category?: Category;
  /** Variables of the account. Do not set secrets: no integration sees one. */
  variables?: Record<string, string>;
  /** Unified query parameters. */
  parameters?: Record<string, unknown>;
  /** `false` for a call of the format `raw` or `stream`. Default: `true`. */
  wantsUser?: boolean;
  /** How the account authenticates, such as `oauth2-refresh`. Default: not at all. */
  authenticationMethod?: string;
}

/** An expected request and its answer. */
export interface Exchange {
  /** The query, exactly. Default: any. */
  query?: Record<string, string>;
  /** The JSON body. Default: any. */
  body?: unknown;
  /** The form body, byte for byte. */
  form?: string;
  /** Default: 200. */
  status?: number;
  /** Headers of the answer, by lower-case names. */
  headers?: Record<string, string>;
  /** The answer's JSON; a string is sent as it is. Default: nothing. */
  answer?: unknown;
}

/** A page to ask for, with declared filters and orders only: the host refuses others. */
export interface AskedPage {
  /** The number of rows. */
  size: number;
  /** The `next` of an earlier page. Default: the first page. */
  cursor?: string;
  /** The filters, by query parameter: `{ email: "ada@example.com", "created_at[gte]": "2026-01-01T00:00:00Z" }`. */
  filters?: Readonly<Record<string, string>>;
  /** The order. */
  sort?: Sort;
}

/** A page of users. */
export interface Listed {
  /** The users. */
  rows: User[];
  /** Where the next page begins. */
  next: string | undefined;
  /** Whether the rows hold less than declared. */
  partial: boolean;
}

/** A request as it was sent. */
export interface Sent {
  method: string;
  target: string;
  query: [string, string][];
  headers: Record<string, string>;
  body: string | undefined;
  primary: boolean;
}

/** A vendor that expects requests in an order. A request that is not the next of the script throws an `AssertionError`. */
export class MockVendor {
  constructor(options?: MockOptions);
  /** The requests of the latest call. */
  requests: Sent[];
  /** The fields that the latest call named in `ignore`. */
  readonly ignored: readonly string[];
  /** The log lines of the latest call. */
  logs: { level: string; message: string }[];
  /** Adds the next request with its answer. */
  on(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", target: string, exchange?: Exchange): this;
  /** Creates a user; `user` is the canonical one. Throws what the integration throws. */
  createUser<C extends Capabilities>(integration: Integration<C>, user: UserOf<C>): User | undefined;
  /** Updates the user `id`; `user` is the canonical one. Throws what the integration throws. */
  updateUser<C extends Capabilities>(integration: Integration<C>, id: string, user: UserOf<C>): User | undefined;
  /** Reads the user `id`. Throws what the integration throws. */
  getUser(integration: Integration, id: string): User | undefined;
  /**
   * Reads a page of users. Throws what the integration throws. Throws an `AssertionError` if the page holds a filter or an
   * order that is not declared, if a row has no identifier of its own, or if a row is not at its place in the primary answer.
   */
  listUsers(integration: Integration, page: AskedPage): Listed;
  /**
   * Deletes the user `id`. Throws what the integration throws. Throws an `AssertionError` if the integration sends several
   * requests that are not a `GET`.
   */
  deleteUser(integration: Integration, id: string): void;
}
