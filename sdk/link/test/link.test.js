import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";

import authenticate from "@mortise/link";

import { browser } from "../fakes.js";

const ORIGIN = "https://connect.example.com";
const CONNECTED = { is_truto: true, result: "success", integration: "acme", integrated_account_id: "1" };
const FAILED = { is_truto: true, result: "error", error: "Nothing came of it.", error_type: "connection_error", integration: "acme" };

/** The parts of the overlay. */
function overlay({ body }) {
  const [dialog] = body.children;
  const [close, frame] = dialog.children;
  return { dialog, frame, close };
}

test("the address has the parameters of the page, whatever ends the base URL", async () => {
  const options = {
    integration: "acme",
    integrations: ["acme", "other"],
    noBack: true,
    authFormat: "api_key",
    skipRapidForm: true,
    sameWindow: true,
  };
  for (const baseUrl of [ORIGIN, `${ORIGIN}/`, `${ORIGIN}//`]) {
    const { left } = browser();
    assert.equal(await authenticate("mrl_1&x", { ...options, baseUrl }), undefined);
    const query = "integration=acme&integrations=acme%2Cother&no_back=true&auth_format=api_key&skip_rapid_form=true";
    assert.deepEqual(left, [`${ORIGIN}/connect-account?link_token=mrl_1%26x&${query}&mortise_link=1`]);
  }
  const { left } = browser();
  await authenticate(Promise.resolve("t"), { baseUrl: `${ORIGIN}/under/`, sameWindow: true, iframe: true });
  assert.deepEqual(left, [`${ORIGIN}/under/connect-account?link_token=t&mortise_link=1`]);
});

test("a base URL or a token that is missing is named, and nothing is opened", async () => {
  const page = browser();
  for (const baseUrl of [undefined, "", "connect.example.com", "javascript:alert(1)", 7]) {
    await assert.rejects(authenticate("t", { baseUrl }), { name: "TypeError", message: /baseUrl/ });
  }
  await assert.rejects(authenticate("t"), { name: "TypeError", message: /baseUrl/ });
  await assert.rejects(authenticate(undefined, { baseUrl: ORIGIN, sameWindow: true }), { name: "TypeError", message: /token/ });
  assert.deepEqual([page.opened, page.left, page.body.children], [[], [], []]);

  const refused = new Error("the backend is down");
  for (const options of [{ iframe: false }, {}, { sameWindow: true }]) {
    await assert.rejects(authenticate(Promise.reject(refused), { ...options, baseUrl: ORIGIN }), refused);
  }
  assert.equal(page.opened[0].closed, true);
  assert.deepEqual([page.body.children, page.left], [[], []]);
});

test("the window opens within the click, and goes to the page once the token is there", async () => {
  const { opened, say } = browser();
  let come;
  const call = authenticate(new Promise((resolve) => (come = resolve)), { baseUrl: ORIGIN, iframe: false, width: 500, height: 600 });
  assert.equal(opened[0].url, "about:blank");
  assert.equal(opened[0].name, "mortise-link");
  assert.match(opened[0].features, /width=500,height=600,left=450,top=150/);
  assert.deepEqual(opened[0].gone, []);
  come("t");
  await setImmediate();
  assert.deepEqual(opened[0].gone, [`${ORIGIN}/connect-account?link_token=t&mortise_link=1`]);
  say(opened[0], ORIGIN, CONNECTED);
  await call;
});

test("only the final message of that window and that origin counts, and it counts once", async () => {
  for (const iframe of [false, true]) {
    const page = browser();
    const call = authenticate("t", { baseUrl: `${ORIGIN}/`, iframe });
    await setImmediate();
    const source = iframe ? overlay(page).frame.contentWindow : page.opened[0];
    page.say(source, "https://evil.example.net", { ...CONNECTED, integrated_account_id: "evil" });
    page.say({}, ORIGIN, { ...CONNECTED, integrated_account_id: "another window" });
    for (const other of [undefined, null, "hello", 7, { source: "devtools" }, { is_truto: false }]) page.say(source, ORIGIN, other);
    page.say(source, ORIGIN, CONNECTED);
    assert.deepEqual(await call, CONNECTED);
    assert.equal(page.listeners.size, 0);
    assert.deepEqual(iframe ? page.body.children : page.opened[0].closed, iframe ? [] : true);
  }
});

test("a failure is an error with the members of the message", async () => {
  for (const iframe of [false, true]) {
    const page = browser();
    const call = authenticate("t", { baseUrl: ORIGIN, iframe });
    await setImmediate();
    page.say(iframe ? overlay(page).frame.contentWindow : page.opened[0], ORIGIN, FAILED);
    const error = await call.catch((error) => error);
    assert.ok(error instanceof Error && error.message === FAILED.error);
    assert.deepEqual({ ...error }, FAILED);
  }
});

test("a window that the browser blocks is said to be", async () => {
  browser({ blocks: true });
  await assert.rejects(authenticate("t", { baseUrl: ORIGIN, iframe: false }), (why) => why === "blocked");
});

test("a closed window ends the call a second later, unless it said how it ended", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const says of [true, false]) {
    const page = browser();
    const call = authenticate("t", { baseUrl: ORIGIN, iframe: false });
    let settled = false;
    call.then(() => (settled = true), () => (settled = true));
    await setImmediate();
    page.opened[0].closed = true;
    t.mock.timers.tick(100);
    t.mock.timers.tick(999);
    await setImmediate();
    assert.equal(settled, false);
    if (says) {
      page.say(page.opened[0], ORIGIN, CONNECTED);
      assert.deepEqual(await call, CONNECTED);
    } else {
      t.mock.timers.tick(1);
      await assert.rejects(call, (why) => why === "closed");
    }
    assert.equal(page.listeners.size, 0);
  }
});

test("the frame has the focus in a modal dialog, and Escape, the button and the page close it", async () => {
  const ways = [
    ({ dialog }) => {
      const escape = new Event("cancel", { cancelable: true });
      dialog.dispatchEvent(escape);
      assert.ok(escape.defaultPrevented);
    },
    ({ close }) => close.dispatchEvent(new Event("click")),
    ({ frame }, page) => page.say(frame.contentWindow, ORIGIN, "closed"),
  ];
  for (const way of ways) {
    const page = browser();
    const call = authenticate("t", { baseUrl: ORIGIN });
    await setImmediate();
    const parts = overlay(page);
    assert.equal(parts.frame.src, `${ORIGIN}/connect-account?link_token=t&iframe=true&mortise_link=1`);
    assert.equal(parts.frame.name, "mortise-link");
    assert.ok(parts.dialog.open && parts.frame.focused > 0);
    way(parts, page);
    await assert.rejects(call, (why) => why === "closed");
    assert.deepEqual([page.body.children, page.listeners.size, parts.dialog.open], [[], 0, false]);
  }
});
