// @ts-check
/**
 * Torii: the people that Torii found in a company's applications, as user-directory users. Its API reads them, and changes one
 * thing about them: their state in offboarding. SCIM creates and deletes the people who work in Torii itself.
 *
 * Vendor: https://developers.toriihq.com/reference
 */

import {
  InvalidInput,
  at,
  auth,
  defineIntegration,
  flag,
  fullName,
  identifier,
  names,
  path,
  primaryEmail,
  required,
  secret,
  single,
  text,
} from "mortise-sdk";

/** The address of the people who work in Torii. It has its own key. */
const SCIM = "https://api.toriihq.com/v1.0/scim/v2";

const FOUND = "Torii reads it from the company's identity sources";
/** The fields of a user in SCIM. */
const SCIM_RESPONSE = ["id", "name", "first_name", "last_name", "emails", "roles", "status", "created_at"];
/** The fields of a user. */
const response = [...SCIM_RESPONSE, "organizations"];
/** @type {Record<string, string>} The orders in Torii's words. */
const ORDERS = { first_name: "firstName", last_name: "lastName", created_at: "creationTime" };

export default defineIntegration({
  capabilities: {
    slug: "torii",
    label: "Torii",
    evidence: { kind: "vendor-document", checked: "2026-11-30" },
    origins: ["https://api.toriihq.com/v1.0", SCIM],
    variables: [
      { ...secret("api_key", "API key"), help: "It is made under Settings > API Access." },
      { ...secret("scim_api_key", "SCIM API key"), help: "Creating and deleting users needs it.", required: false },
    ],
    auth: [auth.bearer("{api_key}"), at(auth.bearer("{scim_api_key}"), SCIM)],
    // The limit of lists. Single users: 200 changes and 800 reads a minute.
    limits: [{ requests: 100, seconds: 60 }],
    operations: [
      { category: "user-directory", operation: "get-user", response },
      {
        category: "user-directory",
        operation: "list-users",
        query: ["email", "first_name", "last_name"],
        queryValues: {
          status: ["active", "inactive"],
          "sort_by[first_name]": ["asc", "desc"],
          "sort_by[last_name]": ["asc", "desc"],
          "sort_by[created_at]": ["asc", "desc"],
        },
        response,
        listing: { usual: 100, most: 1_000 },
      },
      {
        category: "user-directory",
        operation: "create-user",
        required: ["emails"],
        writable: ["name", "first_name", "last_name", "roles", "status"],
        values: { status: ["active", "inactive"] },
        notes: {
          emails: "the primary address, which never changes",
          name: "split into its parts where they are not given",
          roles: "one, by its name in Torii: Admin (or admin), Read Only",
        },
        ignored: {
          organizations: "Torii takes the one of the key",
          id: "the vendor makes it",
          created_at: "the vendor sets it",
        },
        response: SCIM_RESPONSE,
      },
      { category: "user-directory", operation: "delete-user", effect: "unlinks" },
      {
        category: "user-directory",
        operation: "update-user",
        queryRequired: ["user_id"],
        required: ["status"],
        values: { status: ["active", "inactive", "deleted"] },
        ignored: {
          id: "Torii takes the user from `user_id`",
          name: FOUND,
          first_name: FOUND,
          last_name: FOUND,
          emails: FOUND,
          roles: "Torii changes roles through its SCIM interface only",
          organizations: FOUND,
          created_at: FOUND,
        },
        response,
      },
    ],
  },

  createUser(call, user) {
    const { first, last } = names(user);
    const role = single(user.roles, "roles");
    const word = role ? required(role.name ?? role.id, "roles[0].name") : undefined;
    const person = {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: required(primaryEmail(user), "emails"),
      name: first || last ? { givenName: first ?? undefined, familyName: last ?? undefined } : undefined,
      userType: word === "admin" ? "Admin" : word,
      active: user.status ? user.status === "active" : undefined,
    };
    return call.post(`${SCIM}/Users`).json(person).primary().send().user(readConsole);
  },

  updateUser(call, _id, user) {
    const lifecycleStatus = lifecycle(user.status);
    const target = path`/users/${call.requiredParameter("user_id")}`;
    return call.put(target).json({ lifecycleStatus }).primary().send().user(({ user }) => read(user));
  },

  getUser(call, id) {
    return call.get(path`/users/${id}`).primary().send().user(({ user }) => read(user));
  },

  listUsers(call, page) {
    const { sort } = page;
    const status = page.filter("status");
    const asked = call.get("/users").query("size", page.size).query("cursor", page.cursor);
    // Torii compares addresses as they are written, and writes them in lower case.
    asked.query("email", page.filter("email")?.toLowerCase()).query("lifecycleStatus", status && lifecycle(status));
    asked.query("firstName", page.filter("first_name")).query("lastName", page.filter("last_name"));
    asked.query("sort", sort && `${ORDERS[sort.field]}:${sort.descending ? "desc" : "asc"}`);
    return asked.primary().send().usersIn("users", read).next((rows) => rows.text("/nextCursor"));
  },

  deleteUser(call, id) {
    call.delete(path`https://api.toriihq.com/v1.0/scim/v2/Users/${id}`).primary().send().empty();
  },
});

/** @param {import("mortise-sdk").User["status"]} status */
function lifecycle(status) {
  switch (status) {
    case "active":
      return "active";
    case "inactive":
    case "deleted":
      return "offboarded";
    default:
      throw new InvalidInput("must be `active`, `inactive` or `deleted`", { field: "status" });
  }
}

/**
 * A user in Torii's answers, without values that are missing, null or empty.
 *
 * @param {ToriiUser} user
 * @returns {import("mortise-sdk").User}
 */
function read(user) {
  const others = (user.additionalEmails ?? []).filter(Boolean);
  const [role, organization] = [identifier(user.idRole), identifier(user.idOrg)];
  const parts = { first_name: text(user.firstName), last_name: text(user.lastName) };
  return {
    id: identifier(user.id),
    name: fullName(parts),
    ...parts,
    emails: [
      ...(user.email ? [{ email: user.email, is_primary: true }] : []),
      ...others.map((email) => ({ email, is_primary: false })),
    ],
    roles: role ? [{ id: role, name: text(user.role) }] : undefined,
    // `offboarding` has no counterpart: it stays as it is.
    status: user.lifecycleStatus === "offboarded" ? "inactive" : text(user.lifecycleStatus),
    organizations: organization ? [{ id: organization }] : undefined,
    created_at: text(user.creationTime),
  };
}

/**
 * A user in the answers of SCIM.
 *
 * @param {ConsoleUser} user
 * @returns {import("mortise-sdk").User}
 */
function readConsole(user) {
  const [role, isActive] = [text(user.userType), flag(user.active)];
  const parts = { first_name: text(user.name?.givenName), last_name: text(user.name?.familyName) };
  return {
    id: identifier(user.id),
    name: fullName(parts),
    ...parts,
    emails: user.emails?.map(({ value, primary }) => ({ email: value, is_primary: primary })),
    roles: role ? [{ name: role }] : undefined,
    status: isActive === undefined ? undefined : isActive ? "active" : "inactive",
    created_at: text(user.meta?.created),
  };
}

/**
 * @typedef {object} ConsoleUser
 * @property {string | number} id
 * @property {{ givenName?: string, familyName?: string }} [name]
 * @property {{ value: string, primary?: boolean }[]} [emails]
 * @property {string} [userType]
 * @property {boolean} [active]
 * @property {{ created?: string }} [meta]
 */

/**
 * @typedef {object} ToriiUser
 * @property {number} id
 * @property {number} [idOrg]
 * @property {string | null} [firstName]
 * @property {string | null} [lastName]
 * @property {string} [email]
 * @property {string[]} [additionalEmails]
 * @property {number | null} [idRole]
 * @property {string | null} [role]
 * @property {string} [lifecycleStatus]
 * @property {string} [creationTime]
 */
