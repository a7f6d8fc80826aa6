/** One operation of an integration. */

import { InternalError, Unsupported } from "./errors.js";

const VERBS = { createUser: "create", updateUser: "update", getUser: "get", listUsers: "list", deleteUser: "delete" };

export function serve(integration, name, call, ...given) {
  if (integration[name] === undefined) {
    throw new Unsupported(`this integration does not ${VERBS[name]} users`);
  }
  const answer = integration[name](call, ...given) ?? undefined;
  if (typeof answer?.then === "function") {
    throw new InternalError(`\`${name}\` must not be async: a request waits for its answer by itself`);
  }
  return answer;
}
