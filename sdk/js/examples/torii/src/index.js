// @ts-check
/**
 * Torii: the people that Torii found in a company's applications, as user-directory users. Its API tells who they are, and changes one
 * thing about them: where they stand on their way out of the company. It creates and deletes nobody.
 *
 * Vendor: https://developers.toriihq.com/reference
 */

import { InvalidInput, auth, defineIntegration, fullName, identifier, path, secret, text } from "mortise-sdk";

const FOUND = "Torii reads it from the company's identity sources";
/** What is told of a user. */
const response = ["id", "name", "first_name", "last_name", "emails", "roles", "status", "organizations", "created_at"];
/** @type {Record<string, string>} The orders in Torii's words. */
const ORDERS = { first_name: "firstName", last_name: "lastName", created_at: "creationTime" };

export default defineIntegration({
  capabilities: {
    slug: "torii",
    label: "Torii",
    origins: ["https://api.toriihq.com/v1.0"],
    variables: [secret("api_key", "API key (Settings > API Access)")],
    auth: [auth.bearer("{api_key}")],
    // Of lists. Single users may be changed twice and read eight times as often.
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
 * What is missing, null or empty is left out.
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
