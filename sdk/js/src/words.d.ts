/** The words of the contract. Written from `sdk/model/src/words.rs` by its test `languages`: do not edit. */

/**
 * A family of products with one shape of user.
 *
 * - `ticketing`: Help desks and project trackers.
 * - `user-directory`: Directories of the people in an organisation.
 * - `crm`: Customer relationship management.
 */
export type Category =
  | "ticketing"
  | "user-directory"
  | "crm";

/**
 * An operation on users.
 *
 * - `create-user`: `POST /unified/{category}/users`.
 * - `update-user`: `PATCH /unified/{category}/users/{id}`.
 * - `get-user`: `GET /unified/{category}/users/{id}`.
 * - `list-users`: `GET /unified/{category}/users`.
 * - `delete-user`: `DELETE /unified/{category}/users/{id}`.
 */
export type Operation =
  | "create-user"
  | "update-user"
  | "get-user"
  | "list-users"
  | "delete-user";

/**
 * The JSON type of a field that only one vendor has, as JSON Schema calls it.
 *
 * - `string`: A string.
 * - `integer`: A number without a fraction.
 * - `number`: Any number.
 * - `boolean`: `true` or `false`.
 * - `object`: An object.
 * - `array`: An array.
 */
export type JsonType =
  | "string"
  | "integer"
  | "number"
  | "boolean"
  | "object"
  | "array";

/**
 * Why an integration failed: who must act to make the call succeed.
 *
 * - `invalid-input`: The caller sent something that this vendor cannot take. Answered with 400.
 * - `not-found`: The vendor has no such record. Answered with 404.
 * - `unsupported`: This vendor cannot do what the caller asked for. Answered with 501.
 * - `vendor`: The vendor answered with an error status, or gave no usable answer. The host answers with that
 *   status and the vendor's body, or with 502.
 * - `refused`: The vendor's latest answer has a status of success, but its body says that the vendor did not
 *   do what it was asked to. Answered with the vendor's body, and with 422 unless the answer's status is 400 or
 *   more.
 * - `invalid-cursor`: The vendor does not take the cursor of a list: it has expired, or the vendor never gave
 *   it out. Answered with 400: the caller begins again at the first page.
 * - `denied`: The host's policy refused the request, or a limit of the call was reached. Answered with 502.
 * - `timeout`: The vendor did not answer in time. Answered with 504.
 * - `internal`: The integration met something that it cannot explain. Answered with 502.
 */
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

/**
 * How the author knows the vendor's API: the best evidence that most of the facts have. The best kind comes
 * first.
 *
 * - `real-server`: Somebody ran the operations against the vendor's service or software.
 * - `vendor-document`: The vendor's own reference or clients.
 * - `second-hand`: Clients and connectors that others wrote.
 * - `recalled`: Memory.
 */
export type EvidenceKind =
  | "real-server"
  | "vendor-document"
  | "second-hand"
  | "recalled";

/**
 * Where the credentials go that sign a request.
 *
 * - `bearer`: `Authorization: Bearer <token>` (RFC 6750).
 * - `basic`: `Authorization: Basic …` (RFC 7617).
 * - `header`: Every parameter is a header.
 * - `query`: Every parameter is a query parameter.
 */
export type AuthKind =
  | "bearer"
  | "basic"
  | "header"
  | "query";

/**
 * The kind of a sign-in: the name by which an account's `authentication_method` chooses the scheme. The
 * declaration has every field of the request, whatever the kind.
 *
 * - `oauth2-refresh`: Gets an access token for a refresh token (RFC 6749 §6).
 * - `oauth2-client-credentials`: Gets an access token for the client's own credentials (RFC 6749 §4.4).
 * - `oauth2-password`: Gets an access token for a user's name and password (RFC 6749 §4.3).
 * - `oauth2-authorization-code`: Gets a lasting access token for a code (RFC 6749 §4.1). The account stores
 *   it, and the host never repeats the exchange.
 * - `exchange`: Any other sign-in.
 */
export type ExchangeKind =
  | "oauth2-refresh"
  | "oauth2-client-credentials"
  | "oauth2-password"
  | "oauth2-authorization-code"
  | "exchange";

/**
 * The place of a sign-in's fields in the request.
 *
 * - `form`: A body of `application/x-www-form-urlencoded`.
 * - `json`: A JSON body. Dots in a field's name nest.
 * - `query`: The query of the URL. A GET has no other place.
 */
export type ExchangeEncoding =
  | "form"
  | "json"
  | "query";

/**
 * Whether an authorization request has a code challenge (RFC 7636). The method is always S256.
 *
 * - `required`: The vendor refuses a request without a challenge.
 * - `on`: The vendor accepts a challenge.
 * - `off`: The vendor refuses a challenge.
 */
export type Pkce =
  | "required"
  | "on"
  | "off";

/**
 * How the vendor marks the last page of a list.
 *
 * - `told`: By a sign of its own, such as a cursor or a flag.
 * - `total`: Only by the number of all rows.
 * - `short`: Only by a page with fewer rows than the integration asked for.
 * - `whole`: Not at all. The vendor gives all users at once, and the host makes pages of them.
 */
export type End =
  | "told"
  | "total"
  | "short"
  | "whole";

/**
 * The order of rows in a list.
 *
 * - `stable`: By something that never changes, such as the identifier. A caller misses no row and sees none
 *   twice.
 * - `unstable`: Rows can move while a caller pages.
 */
export type Order =
  | "stable"
  | "unstable";

/**
 * What a deletion does to the user.
 *
 * - `deletes`: The user and the identifier are gone.
 * - `deactivates`: The user stays, and can no longer sign in.
 * - `trashes`: The user is gone, and can be restored for some time.
 * - `unlinks`: The user leaves the organisation or workspace, and stays a user of the vendor.
 * - `erases`: The user is gone, and the vendor erases its data about the person.
 */
export type Effect =
  | "deletes"
  | "deactivates"
  | "trashes"
  | "unlinks"
  | "erases";

/**
 * How a filter compares.
 *
 * - `eq`: Equal.
 * - `gt`: Later.
 * - `gte`: Later or equal.
 * - `lt`: Earlier.
 * - `lte`: Earlier or equal.
 */
export type Operator =
  | "eq"
  | "gt"
  | "gte"
  | "lt"
  | "lte";

/**
 * A unified query parameter that an integration can declare, besides the filters and orders of a list.
 *
 * - `organization_id`: The organization of the user.
 * - `workspace_id`: The workspace of the user.
 * - `group_id`: The group of the user.
 * - `workspace`: The workspace of the user, by the vendor's name for it.
 * - `user_id`: A further identifier of the user.
 * - `groups`: The groups of the user.
 * - `collections`: The projects or boards to which the vendor adds the user.
 * - `reassign_to`: Only of `delete-user`: the user who gets what the deleted user leaves.
 * - `force`: Only of `delete-user`: whether the vendor deletes the user even if something prevents it by
 *   default.
 */
export type QueryParameter =
  | "organization_id"
  | "workspace_id"
  | "group_id"
  | "workspace"
  | "user_id"
  | "groups"
  | "collections"
  | "reassign_to"
  | "force";
