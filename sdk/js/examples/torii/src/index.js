// @ts-check
/**
 * Torii: the people that Torii found in a company's applications, as user-directory users. Its API tells who they are, and changes one
 * thing about them: where they stand on their way out of the company.
 *
 * Vendor: https://developers.toriihq.com/reference
 */

import { InvalidInput, auth, defineIntegration, identifier, path, secret } from "mortise-sdk";

const READ_ONLY = "Torii reads it from the company's identity sources";

const response = ["id", "name", "first_name", "last_name", "emails", "roles", "status", "organizations", "created_at"];

export default defineIntegration({
  capabilities: {
    slug: "torii",
    label: "Torii",
    origins: ["https://api.toriihq.com/v1.0"],
    variables: [secret("api_key", "API key")],
    auth: [auth.bearer("{api_key}")],
    // Of `GET /users`. Single users may be changed twice and read eight times as often.
    limits: [{ requests: 100, seconds: 60 }],
    operations: [
      {
        category: "user-directory",
        operation: "update-user",
        queryRequired: ["user_id"],
        required: ["status"],
        values: { status: ["active", "inactive", "deleted"] },
        ignored: {
          id: "Torii takes the user from `user_id`",
          name: READ_ONLY,
          first_name: READ_ONLY,
          last_name: READ_ONLY,
          emails: READ_ONLY,
          roles: "Torii changes roles through its SCIM interface only",
          organizations: READ_ONLY,
          created_at: READ_ONLY,
        },
        response,
      },
      { category: "user-directory", operation: "get-user", response },
      {
        category: "user-directory",
        operation: "list-users",
        query: ["email"],
        queryValues: { status: ["active", "inactive"] },
        response,
        listing: { usual: 100, most: 1_000 },
      },
    ],
  },

  updateUser(call, _id, user) {
    const target = path`/users/${call.requiredParameter("user_id")}`;
    const sent = call.put(target).json({ lifecycleStatus: lifecycle(user.status) }).primary().send();
    return sent.user(({ user }) => read(user));
  },

  getUser(call, id) {
    return call.get(path`/users/${id}`).primary().send().user(({ user }) => read(user));
  },

  listUsers(call, page) {
    const status = page.filter("status");
    const asked = call.get("/users").query("size", page.size).query("cursor", page.cursor);
    // Torii compares addresses as they are written, and writes them in lower case.
    asked.query("email", page.filter("email")?.toLowerCase()).query("lifecycleStatus", status && lifecycle(status));
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
 * @param {ToriiUser} user
 * @returns {import("mortise-sdk").User}
 */
function read(user) {
  const others = user.additionalEmails ?? [];
  // `offboarding` has no counterpart: it stays as it is.
  const status = user.lifecycleStatus === "offboarded" ? "inactive" : user.lifecycleStatus;
  return {
    id: identifier(user.id),
    name: [user.firstName, user.lastName].filter(Boolean).join(" ") || null,
    first_name: user.firstName,
    last_name: user.lastName,
    emails: [
      ...(user.email ? [{ email: user.email, is_primary: true }] : []),
      ...others.map((email) => ({ email, is_primary: false })),
    ],
    roles: user.idRole == null ? [] : [{ id: String(user.idRole), name: user.role }],
    status,
    organizations: user.idOrg == null ? [] : [{ id: String(user.idOrg) }],
    created_at: user.creationTime,
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
