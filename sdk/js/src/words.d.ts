/** The words of the contract. Written from the host's model by `cargo test -p mortise-model`: do not edit. */

/** A family of products with one shape of user. */
export type Category =
  /** Help desks and project trackers. */
  | "ticketing"
  /** Directories of the people in an organisation. */
  | "user-directory"
  /** Customer relationship management. */
  | "crm";

/** An operation on users. */
export type Operation =
  /** `POST /unified/{category}/users`. */
  | "create-user"
  /** `PATCH /unified/{category}/users/{id}`. */
  | "update-user"
  /** `GET /unified/{category}/users/{id}`. */
  | "get-user"
  /** `GET /unified/{category}/users`. */
  | "list-users"
  /** `DELETE /unified/{category}/users/{id}`. */
  | "delete-user";

/** The JSON type of a field that only one vendor has, as JSON Schema calls it. */
export type JsonType =
  /** A string. */
  | "string"
  /** A number without a fraction. */
  | "integer"
  /** Any number. */
  | "number"
  /** `true` or `false`. */
  | "boolean"
  /** An object. */
  | "object"
  /** An array. */
  | "array";

/** Why an integration failed: who must act to make the call succeed. */
export type FailureKind =
  /** The caller sent something that this vendor cannot take. Answered with 400. */
  | "invalid-input"
  /** The vendor has no such record. Answered with 404. */
  | "not-found"
  /** This vendor cannot do what the caller asked for. Answered with 501. */
  | "unsupported"
  /** The vendor answered with an error status. The host answers with that status and adds the vendor's body. */
  | "vendor"
  /**
   * The vendor's latest answer has a status of success, but its body says that the vendor did not do what it was
   * asked to. Answered with 422 and the vendor's body.
   */
  | "refused"
  /** The vendor no longer takes the cursor of a list. Answered with 400: the caller begins again at the first page. */
  | "invalid-cursor"
  /** The host's policy refused the request, or a limit of the call was reached. Answered with 502. */
  | "denied"
  /** The vendor did not answer in time. Answered with 504. */
  | "timeout"
  /** The integration met something that it cannot explain. Answered with 502. */
  | "internal";

/** How the author knows the vendor's API: the best evidence that most of the facts have. */
export type EvidenceKind =
  /** Somebody ran the operations against the vendor's service or software. */
  | "real-server"
  /** The vendor's own reference or clients. */
  | "vendor-document"
  /** Clients and connectors that others wrote. */
  | "second-hand"
  /** Memory. */
  | "recalled";

/** Where the credentials go that sign a request. */
export type AuthKind =
  /** `Authorization: Bearer <token>` (RFC 6750). */
  | "bearer"
  /** `Authorization: Basic …` (RFC 7617). */
  | "basic"
  /** Every parameter is a header. */
  | "header"
  /** Every parameter is a query parameter. */
  | "query";

/**
 * The kind of a sign-in: the name by which an account's `authentication_method` chooses the scheme. The
 * declaration has every field of the request, whatever the kind.
 */
export type ExchangeKind =
  /** Gets an access token for a refresh token (RFC 6749 §6). */
  | "oauth2-refresh"
  /** Gets an access token for the client's own credentials (RFC 6749 §4.4). */
  | "oauth2-client-credentials"
  /** Gets an access token for a user's name and password (RFC 6749 §4.3). */
  | "oauth2-password"
  /**
   * Gets a lasting access token for a code (RFC 6749 §4.1). The account stores it, and the host never repeats the
   * exchange.
   */
  | "oauth2-authorization-code"
  /** Any other sign-in. */
  | "exchange";

/** The place of a sign-in's fields in the request. */
export type ExchangeEncoding =
  /** A body of `application/x-www-form-urlencoded`. */
  | "form"
  /** A JSON body. Dots in a field's name nest. */
  | "json"
  /** The query of a GET. */
  | "query";

/** Whether an authorization request has a code challenge (RFC 7636). The method is always S256. */
export type Pkce =
  /** The vendor refuses a request without a challenge. */
  | "required"
  /** The vendor accepts a challenge. */
  | "on"
  /** The vendor refuses a challenge. */
  | "off";

/** How the vendor marks the last page of a list. */
export type End =
  /** By a sign of its own, such as a cursor or a flag. */
  | "told"
  /** Only by the number of all rows. */
  | "total"
  /** Only by a page with fewer rows than the integration asked for. */
  | "short"
  /** Not at all. The vendor gives all users at once, and the host makes pages of them. */
  | "whole";

/** The order of rows in a list. */
export type Order =
  /** By something that never changes, such as the identifier. A caller misses no row and sees none twice. */
  | "stable"
  /** Rows can move while a caller pages. */
  | "unstable";

/** What a deletion does to the user. */
export type Effect =
  /** The user and the identifier are gone. */
  | "deletes"
  /** The user stays, and can no longer sign in. */
  | "deactivates"
  /** The user is gone, and can be restored for some time. */
  | "trashes"
  /** The user leaves the organisation or workspace, and stays a user of the vendor. */
  | "unlinks"
  /** The user is gone, and the vendor erases its data about the person. */
  | "erases";

/** How a filter compares. */
export type Operator =
  /** Equal. */
  | "eq"
  /** Later. */
  | "gt"
  /** Later or equal. */
  | "gte"
  /** Earlier. */
  | "lt"
  /** Earlier or equal. */
  | "lte";

/** A unified query parameter that an integration can declare. */
export type QueryParameter =
  /** The organization of the user. */
  | "organization_id"
  /** The workspace of the user. */
  | "workspace_id"
  /** The group of the user. */
  | "group_id"
  /** The workspace of the user, by the vendor's name for it. */
  | "workspace"
  /** A further identifier of the user. */
  | "user_id"
  /** The groups of the user. */
  | "groups"
  /** The projects or boards to which the vendor adds the user. */
  | "collections"
  /** Only of `delete-user`: the user who gets what the deleted user leaves. */
  | "reassign_to"
  /** Only of `delete-user`: whether the vendor deletes the user even if something prevents it by default. */
  | "force";
