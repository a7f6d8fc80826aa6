/** One operation of an integration. */

import { Call } from "./call.js";
import { InternalError, Unsupported } from "./errors.js";

const VERBS = { createUser: "create", updateUser: "update", getUser: "get", listUsers: "list", deleteUser: "delete" };
/** The operations that only read, whatever the methods of their requests are. */
const READS = ["getUser", "listUsers"];

export function serve(integration, name, { category, transport }, ...given) {
  if (integration[name] === undefined) {
    throw new Unsupported(`this integration does not ${VERBS[name]} users`);
  }
  const call = new Call(category, transport, { writes: !READS.includes(name) });
  const answer = integration[name](call, ...given) ?? undefined;
  if (typeof answer?.then === "function") {
    throw new InternalError(`\`${name}\` must not be async: a request waits for its answer by itself`);
  }
  return answer;
}
