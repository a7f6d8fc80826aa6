/** The unified user. Written from the host's model by its test `languages`: do not edit. */

/** An email address of a user. */
export interface Email {
  /** The address itself. */
  email?: string | null;
  /** What the address is for, in the vendor's words: `work`, `home`, … */
  type?: string | null;
  /** Whether this is the user's main address. */
  is_primary?: boolean | null;
}

/** A phone number of a user. */
export interface Phone {
  /** The number, in the vendor's format; E.164 (`+4512345678`) if the vendor has none. */
  number?: string | null;
  /** What the number is for: usually `phone` or `mobile`. */
  type?: string | null;
  /** The extension to dial after the number. */
  extension?: string | null;
}

/** A web address of a user. */
export interface Url {
  /** The address itself. */
  url?: string | null;
  /** What the address shows, in the vendor's words. */
  type?: string | null;
}

/** A role of a user. Which roles exist is the integration's to say. */
export interface Role {
  /** The vendor's identifier of the role. */
  id?: string | null;
  /** The name of the role. */
  name?: string | null;
  /** The group in which the user has the role, if roles differ between groups. */
  group?: string | null;
  /** The organization in which the user has the role, if roles differ between organizations. */
  organization?: string | null;
  /** The workspace in which the user has the role, if roles differ between workspaces. */
  workspace?: string | null;
}

/** A group or team that a user belongs to. */
export interface Group {
  /** The vendor's identifier of the group. */
  id?: string | null;
  /** The name of the group. */
  name?: string | null;
  /** The identifier of the organization that the group is part of. */
  organization?: string | null;
}

/** An organization that a user belongs to. */
export interface Organization {
  /** The vendor's identifier of the organization. */
  id?: string | null;
  /** The name of the organization. */
  name?: string | null;
}

/** A workspace that a user belongs to. */
export interface Workspace {
  /** The vendor's identifier of the workspace. */
  id?: string | null;
  /** The name of the workspace. */
  name?: string | null;
}

/** A license that a user holds, or a product that a user can open. */
export interface License {
  /** The vendor's identifier of the license. */
  id?: string | null;
  /** The name of the license. */
  name?: string | null;
  /** The identifier of the organization that the license belongs to. */
  organization?: string | null;
  /** When the user last made use of the license, RFC 3339. */
  last_active_at?: string | null;
}

/** The status of an account; in an answer also the vendor's own word, if no other fits. */
export type Status = "active" | "inactive" | "deleted" | "invited" | (string & {});

/**
 * A user as plugins see it, whatever the category of the call.
 *
 * A request holds the caller's fields, an answer the vendor's. Times are RFC 3339 in answers and whatever the
 * caller wrote in requests.
 */
export interface User {
  /** The vendor's identifier of the user. */
  id?: string | null;
  /** The identifier that another system gave the user, as provisioning (SCIM) sets it. */
  external_id?: string | null;
  /** Further identifiers of the user by their kind. */
  identifiers?: Record<string, unknown> | null;
  /** The name as the user reads it, usually first and last name. */
  name?: string | null;
  /** The given name. */
  first_name?: string | null;
  /** The family name. */
  last_name?: string | null;
  /** What colleagues call the user. */
  nick_name?: string | null;
  /** The name with which the user signs in. */
  username?: string | null;
  /** The password with which the user will sign in. Requests only. */
  password?: string | null;
  /** The email addresses, one of them primary. Carries `email` of crm. */
  emails?: Email[] | null;
  /** The phone numbers. */
  phones?: Phone[] | null;
  /** Addresses on the web. */
  urls?: Url[] | null;
  /** The URL of a picture of the user. */
  avatar?: string | null;
  /** The position, such as `Support engineer`. */
  title?: string | null;
  /** A short text that the user wrote about themselves. */
  bio?: string | null;
  /** Languages in the order of preference, as the vendor codes them (`en`, `da-DK`, …). */
  languages?: string[] | null;
  /** The time zone, as the vendor names it; IANA (`Europe/Copenhagen`) if the vendor has no names. */
  timezone?: string | null;
  /** The kind of user that the vendor distinguishes, such as `person` or `bot`. */
  user_type?: string | null;
  /** The status of the account. Carries `is_active` of ticketing and crm. */
  status?: Status | null;
  /** The roles. */
  roles?: Role[] | null;
  /** The groups or teams. Carries `team_ids` of ticketing. */
  groups?: Group[] | null;
  /** The organizations. */
  organizations?: Organization[] | null;
  /** The workspaces. */
  workspaces?: Workspace[] | null;
  /** The licenses held, or the products that can be opened. */
  licenses?: License[] | null;
  /** Values of fields that the vendor's customer defined, in the vendor's form. */
  custom_fields?: unknown;
  /** Whether the user signs in with a second factor. */
  is_2fa_enabled?: boolean | null;
  /** Whether the user has shown that the email address is theirs. */
  is_email_verified?: boolean | null;
  /** When the account was created. */
  created_at?: string | null;
  /** When the account was last changed. */
  updated_at?: string | null;
  /** When the account became usable. */
  activated_at?: string | null;
  /** When the user last did something. */
  last_active_at?: string | null;
  /** When the user last signed in. */
  last_login_at?: string | null;
  /** When `status` last changed. */
  status_changed_at?: string | null;
  /** The version of the record at the vendor, for conditional updates. */
  etag?: string | null;
}
