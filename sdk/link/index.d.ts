/**
 * Open the connect page of a Mortise host from an application's page: its customer connects an account there, and a promise says how it
 * ended. The calls are those of `@truto/truto-link-sdk`, with `baseUrl`.
 *
 * ```js
 * import authenticate from "@mortise/link";
 *
 * const { integrated_account_id } = await authenticate(linkToken, { baseUrl: "https://connect.example.com" });
 * ```
 */

/** How the page is opened. */
export interface Options {
  /** The host's `connect.public_url`. */
  baseUrl: string;
  /** The integration that is chosen already, by its slug. */
  integration?: string;
  /** The integrations to choose from, by their slugs. Default: those that the link token allows. */
  integrations?: string[];
  /** Whether there is no way back from an integration to the choice. */
  noBack?: boolean;
  /** The way to authenticate, for an integration that has several, such as `api_key` or `oauth2`. */
  authFormat?: string;
  /** Taken for compatibility; a Mortise host has no such form. */
  skipRapidForm?: boolean;
  /** Whether the page is shown in a frame over this page. `false`: in a window of its own. Default: `true`. */
  iframe?: boolean;
  /** Whether this window goes to the page, which ends at the link token's `redirect_uri`. Beats `iframe`. Default: `false`. */
  sameWindow?: boolean;
  /** Width of the window in pixels, without a frame. Default: 700. */
  width?: number;
  /** Height of the window in pixels, without a frame. Default: 800. */
  height?: number;
}

/** An account is connected, or waits for its confirmation. */
export interface Connected {
  is_truto: true;
  result: "success";
  /** The integration's slug. */
  integration: string;
  integrated_account_id: string;
  /** In confirm mode: what the application's backend sends to `POST /connect-account/confirm`. Works once. */
  confirmation_code?: string;
}

/** What the promise is rejected with if the page says why no account is connected. */
export interface ConnectError extends Error {
  is_truto: true;
  result: "error";
  /** What happened, for people. */
  error: string;
  /** What the vendor says of it, a stranger's text, if it says something. */
  vendor?: string;
  error_type: "invalid_token" | "invalid_integration" | "connection_error" | "validation_error";
  integration: string;
  /** If the account exists: with `validation_error`. */
  integrated_account_id?: string;
}

/**
 * Opens the connect page. To be called within a click if `iframe` is `false`: browsers block other windows. The token may be a promise, so
 * that the window opens before the token is there.
 *
 * Resolves when the page says that the account is connected. With `sameWindow` it resolves with `undefined` when the window leaves.
 *
 * Rejects with
 * - `"closed"` if the page was closed. The account may be connected nevertheless: ask the host when it matters.
 * - `"blocked"` if the browser did not open a window.
 * - {@link ConnectError} if the page said so.
 * - `TypeError` if `baseUrl` or the token is missing, or with what the token's promise was rejected with.
 */
declare function authenticate(
  linkToken: string | PromiseLike<string>,
  options: Options & { sameWindow: true },
): Promise<undefined>;
declare function authenticate(
  linkToken: string | PromiseLike<string>,
  options: Options & { sameWindow?: false },
): Promise<Connected>;
declare function authenticate(linkToken: string | PromiseLike<string>, options: Options): Promise<Connected | undefined>;

export default authenticate;
