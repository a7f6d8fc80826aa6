/**
 * The component's side of the contract, which `mortise build` wraps around an integration. The imported interfaces
 * exist in a component only.
 */

import { authenticationMethod, ignore, parameter, variable, wantsUser } from "mortise:integration/context@0.1.0";
import { send } from "mortise:integration/http@0.1.0";
import { emit } from "mortise:integration/log@0.1.0";

import { declaration } from "./declaration.js";
import { Failure } from "./errors.js";
import { Page } from "./page.js";
import { serve } from "./serve.js";

/** The exports of the contract's world. */
export function component(integration) {
  const run = (name, category, ...given) => serve(integration, name, { category, transport: host }, ...given);
  return {
    describe: { capabilities: () => declaration(integration.capabilities) },
    users: {
      createUser: (category, user) => answering(() => text(run("createUser", category, JSON.parse(user)))),
      updateUser: (category, id, user) => answering(() => text(run("updateUser", category, id, JSON.parse(user)))),
      getUser: (category, id) => answering(() => text(run("getUser", category, id))),
      listUsers: (category, page) => answering(() => listed(run("listUsers", category, new Page(page)))),
      deleteUser: (category, id) => answering(() => void run("deleteUser", category, id)),
    },
  };
}

/** Runs an operation, and throws its failures in the form of the contract. */
function answering(operation) {
  try {
    return operation();
  } catch (error) {
    // The bindings expect the failure as the payload of the thrown value.
    throw { payload: failure(error) };
  }
}

function text(user) {
  return user === undefined ? undefined : JSON.stringify(user);
}

function listed({ rows, next, partial = false }) {
  return { rows: rows.map(({ user, source = "" }) => ({ user: JSON.stringify(user), source })), next, partial };
}

function failure(error) {
  if (error instanceof Failure) {
    if (error.cause !== undefined) emit("error", `${error.cause}\n${error.cause?.stack ?? ""}`);
    return { kind: error.kind, message: error.message, field: error.field };
  }
  emit("error", `${error}\n${error?.stack ?? ""}`);
  return { kind: "internal", message: `the integration failed: ${error}`, field: undefined };
}

/** Runs a function of the host, and throws its failures as the SDK's. */
function asking(ask) {
  try {
    return ask();
  } catch (error) {
    const { kind, message, field } = error?.payload ?? {};
    throw kind === undefined ? error : new Failure(kind, message, { field });
  }
}

const host = {
  send(request) {
    const response = asking(() => send(request));
    return {
      status: () => response.status(),
      header: (name) => response.header(name) ?? undefined,
      body: () => asking(() => response.body()),
    };
  },
  variable,
  parameter,
  wantsUser,
  authenticationMethod,
  ignore,
  log: emit,
};
