/**
 * Opens the connect page of a Mortise host from an application's page. The customer connects an account there, and a
 * promise says how it ended. The calls are those of `@truto/truto-link-sdk`, with `baseUrl`.
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
  /** The slug of the integration that the page begins with. */
  integration?: string;
  /** The slugs of the integrations to choose from. Default: those that the link token allows. */
  integrations?: string[];
  /** Whether the customer cannot go back from an integration to the choice. */
  noBack?: boolean;
  /** The way to authenticate that the page begins with, if the integration has several, such as `api_key` or `oauth2`. */
  authFormat?: string;
  /** Accepted for compatibility, and ignored: a Mortise host has no such form. */
  skipRapidForm?: boolean;
  /** Whether the page is shown in a frame over this page. `false`: in a window of its own. Default: `true`. */
  iframe?: boolean;
  /** Whether this window goes to the page, which ends at the link token's `redirect_uri`. Overrides `iframe`. Default: `false`. */
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
  /** With `connect.confirm`: the code that the application's backend sends to `POST /connect-account/confirm`. Works once. */
  confirmation_code?: string;
}

/** The error of the rejected promise if the page says why no account is connected. */
export interface ConnectError extends Error {
  is_truto: true;
  result: "error";
  /** What happened, for people. */
  error: string;
  /** The vendor's own words about it, if there are any: text of a third party. */
  vendor?: string;
  error_type: "invalid_token" | "invalid_integration" | "connection_error" | "validation_error";
  integration: string;
  /** The account, if it exists: with `validation_error`. */
  integrated_account_id?: string;
}

/**
 * Opens the connect page. If `iframe` is `false`, call it within a click: browsers block other windows. The token may be a
 * promise, so that the window opens before the token has arrived.
 *
 * Resolves when the page says that the account is connected. With `sameWindow` it resolves with `undefined` when the window leaves.
 *
 * Rejects with
 * - `"closed"` if the customer closed the page. The account may be connected nevertheless: ask the host if it matters.
 * - `"blocked"` if the browser did not open a window.
 * - {@link ConnectError} if the page said so.
 * - `TypeError` if `baseUrl` or the token is missing, or the reason for which the token's promise was rejected.
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
