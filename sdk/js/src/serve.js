/** One operation of an integration. */

import { InternalError, Unsupported } from "./errors.js";

const VERBS = { createUser: "create", updateUser: "update" };

export function serve(integration, name, call, before, user) {
  if (integration[name] === undefined) {
    throw new Unsupported(`this integration does not ${VERBS[name]} users`);
  }
  const answer = integration[name](call, ...before, user) ?? undefined;
  if (typeof answer?.then === "function") {
    throw new InternalError(`\`${name}\` must not be async: a request waits for its answer by itself`);
  }
  return answer;
}
