/** A scripted vendor, so that `node --test` needs neither a host nor WebAssembly. */

import type { Category, Integration, User } from "./index.js";

/** What a call is given. */
export interface MockOptions {
  /** Default: `user-directory`. */
  category?: Category;
  /** Variables of the account. Secrets do not belong here: no integration sees one. */
  variables?: Record<string, string>;
  /** Unified query parameters. */
  parameters?: Record<string, unknown>;
  /** `false` for a call of the format `raw` or `stream`. Default: `true`. */
  wantsUser?: boolean;
}

/** What a request must be, and what it is answered. */
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

/** A request as it was sent. */
export interface Sent {
  method: string;
  target: string;
  query: [string, string][];
  headers: Record<string, string>;
  body: string | undefined;
  primary: boolean;
}

/** A vendor that expects these requests, in this order. A request that is not the next of the script throws an `AssertionError`. */
export class MockVendor {
  constructor(options?: MockOptions);
  /** The requests of the latest call. */
  requests: Sent[];
  /** The log lines of the latest call. */
  logs: { level: string; message: string }[];
  /** Adds the next exchange. */
  on(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", target: string, exchange?: Exchange): this;
  /** Creates a user; `user` is the canonical one. Throws what the integration throws. */
  createUser(integration: Integration, user: User): User | undefined;
  /** Updates the user `id`; `user` is the canonical one. Throws what the integration throws. */
  updateUser(integration: Integration, id: string, user: User): User | undefined;
}
