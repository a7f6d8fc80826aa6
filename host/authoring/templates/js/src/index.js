// @ts-check
/**
 * {{label}}: its people as ticketing users.
 *
 * The vendor in this file is made up. Name the pages of the real vendor's documentation here:
 *
 * - Create: `POST /people`
 * - Update: `PATCH /people/{id}`
 * - Get: `GET /people/{id}`
 * - List: `GET /people`
 * - Delete: `DELETE /people/{id}`
 */

import { auth, defineIntegration, notNull, path, primaryEmail, required, secret } from "mortise-sdk";

const response = ["id", "name", "emails", "avatar", "is_active", "created_at"];

export default defineIntegration({
  // What this integration needs from the operator, and what it offers to callers. The host checks and shows it, and checks
  // every request against it: a field that is not named here never reaches the functions below.
  capabilities: {
    slug: "{{slug}}",
    label: "{{label}}",
    // The only address that the integration can reach, after the operator has granted it.
    origins: ["https://api.example.com/v1"],
    // The values that an account carries. This code never sees a secret: the host signs the requests.
    variables: [secret("api_token", "API token")],
    auth: [auth.bearer("{api_token}")],
    operations: [
      {
        category: "ticketing",
        operation: "create-user",
        required: ["name", "emails"],
        writable: ["avatar"],
        response,
      },
      {
        category: "ticketing",
        operation: "update-user",
        writable: ["name", "avatar"],
        ignored: { emails: "people change their address themselves" },
        response,
      },
      { category: "ticketing", operation: "get-user", response },
      {
        category: "ticketing",
        operation: "list-users",
        // A page has 50 people if the caller does not say how many, and at most 200.
        listing: { usual: 50, most: 200 },
        query: ["email"],
        response,
      },
      // What a deletion does to the person. Every answer to a deletion says it.
      { category: "ticketing", operation: "delete-user", effect: "deletes" },
    ],
  },

  createUser(call, user) {
    const email = required(primaryEmail(user), "emails");
    const person = { full_name: user.name, email, picture: user.avatar ?? undefined };
    // `primary` marks the request that carries the call: the host merges the caller's `remote_data` into it, and the caller gets its
    // answer as `remote_data`.
    return call.post("/people").json(person).primary().send().user(readAnswer);
  },

  updateUser(call, id, user) {
    // A field is missing (do not change it), null (clear it) or has a value. The JSON passes all three on.
    const change = { full_name: notNull(user.name, "name"), picture: user.avatar };
    return call.patch(path`/people/${id}`).json(change).primary().send().user(readAnswer);
  },

  getUser(call, id) {
    return call.get(path`/people/${id}`).primary().send().user(readAnswer);
  },

  listUsers(call, page) {
    const request = call.get("/people").query("limit", page.size).query("after", page.cursor);
    const answer = request.query("email", page.filter("email")).primary().send();
    // The next page begins at the vendor's own cursor. Without one, this was the last page.
    return answer.usersIn("people", read).next((rows) => rows.text("/next"));
  },

  deleteUser(call, id) {
    call.delete(path`/people/${id}`).primary().send().empty();
  },
});

/**
 * The vendor's answer about one person, as a unified user.
 *
 * @param {{ person: Person }} answer
 */
function readAnswer({ person }) {
  return read(person);
}

/**
 * A person in the vendor's words, as a unified user.
 *
 * @typedef {{ id: string, full_name: string, email?: string, picture?: string, suspended: boolean, created_at?: string }} Person
 * @param {Person} person
 * @returns {import("mortise-sdk").User}
 */
function read(person) {
  return {
    id: person.id,
    name: person.full_name,
    emails: person.email ? [{ email: person.email, is_primary: true }] : [],
    avatar: person.picture ?? undefined,
    status: person.suspended ? "inactive" : "active",
    created_at: person.created_at,
  };
}
