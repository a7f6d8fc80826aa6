// Does for the connect page what HTML cannot: opens the vendor in a second window, tells the page that opened this one, and makes the form
// easier to fill. Without it everything works in one window.
"use strict";

(() => {
  const POLL_FIRST_MS = 2000;
  const POLL_MOST_MS = 5000;
  // As long as the host keeps an attempt.
  const POLL_END_MS = 15 * 60 * 1000;
  // An SDK that hears the message closes the window itself; one that watches for a closed window must have heard it before.
  const CLOSE_AFTER_MS = 1000;

  // Until the second window has got through to the host there is no attempt; after this long something is wrong with it.
  const UNKNOWN_MOST_MS = 20 * 1000;
  // What the SDKs that wait for a message call the frame or window which they open. Browsers keep the name from page to page.
  const SDK_NAMES = ["mortise-link", "Truto Connect"];

  const { origins: allowed, message, redirect, closes } = document.body.dataset;
  const origins = allowed ? allowed.split(" ") : [];
  const isFramed = window.parent !== window;
  // The page that opened this one: above it, or behind it. It may be anybody's, such as a mail program's.
  const opening = isFramed ? window.parent : window.opener;
  const canTell = Boolean(opening) && origins.length > 0;
  const isAwaited = canTell && SDK_NAMES.includes(window.name);
  const find = id => document.getElementById(id);

  // Browsers drop a message for another origin than that of the window, so at most one of these arrives.
  const post = content => {
    for (const origin of origins) opening.postMessage(content, origin);
  };

  // Tells an SDK that waits; else leads back to the application; else tells whoever opened the page. The window of an SDK alone is closed.
  let isTold = false;
  const tell = (content, redirect) => {
    if (isTold) return;
    isTold = true;
    const leave = () => { if (redirect) location.replace(redirect); };
    if (!canTell || (redirect && !isAwaited)) return leave();
    post(content);
    if (isAwaited && !isFramed) setTimeout(() => { window.close(); setTimeout(leave, CLOSE_AFTER_MS); }, CLOSE_AFTER_MS);
  };

  // A failure is read first: an SDK takes the page away when it hears the message.
  let goBack;
  const end = (content, redirect) => {
    if (content.result === "success" || !(isAwaited || redirect)) return tell(content, redirect);
    goBack = () => tell(content, redirect);
    find("ending")?.setAttribute("hidden", "");
    find("leave").hidden = false;
    find("leave").addEventListener("click", goBack);
  };

  if (message) end(JSON.parse(message), redirect);
  if (closes !== undefined) setTimeout(() => window.close(), CLOSE_AFTER_MS);

  // What a vendor's site has posted is posted once more, from here: only so do cookies come with it.
  find("again")?.submit();

  // A frame has no button of the browser's to close it. That of our SDK has one of the SDK's.
  if (isFramed && origins.length > 0) {
    const close = () => { if (goBack) goBack(); else if (!isTold) post("closed"); };
    find("close").hidden = isAwaited;
    find("close").addEventListener("click", close);
    document.addEventListener("keydown", event => {
      // In a field with a text the key is for the field.
      if (event.key === "Escape" && !event.defaultPrevented && !event.target.value) close();
    });
    (find("errors") ?? document.querySelector("h1")).focus();
  }
  find("errors")?.focus();

  // Whoever clicks twice sends a form once. A page that comes back from the browser's memory can be sent again.
  for (const form of document.forms) {
    const button = form.querySelector("button[type=submit]");
    if (!button) continue;
    form.addEventListener("submit", () => { button.disabled = !form.target; });
    window.addEventListener("pageshow", () => { button.disabled = false; });
  }

  for (const show of document.querySelectorAll("button.show")) {
    const input = find(show.getAttribute("aria-controls"));
    show.hidden = false;
    show.addEventListener("click", () => {
      const shows = input.type === "password";
      input.type = shows ? "text" : "password";
      show.setAttribute("aria-pressed", String(shows));
    });
  }

  const search = find("search");
  if (search) {
    const entries = [...document.querySelectorAll("#integrations li")];
    search.closest(".search").hidden = false;
    search.addEventListener("input", () => {
      const words = search.value.toLowerCase().split(/\s+/);
      for (const entry of entries) entry.hidden = !words.every(word => entry.textContent.toLowerCase().includes(word));
      const count = entries.filter(entry => !entry.hidden).length;
      find("found").textContent = count === 1 ? "1 integration" : `${count} integrations`;
    });
  }

  const form = find("connect");
  // Vendors refuse frames, and some cut a window off from the one that opened it: they get a second one, and this page waits.
  if (form?.dataset.consents === undefined || !(isFramed || isAwaited)) return;
  const [id, key] = [form.elements.flow.value, form.elements.key.value];

  const ask = async () => {
    const answer = await fetch(`/connect-account/flow/${id}`, { cache: "no-store", headers: { "connect-key": key } });
    return answer.status === 404 ? { status: "unknown" } : answer.ok ? answer.json() : { status: "waiting" };
  };

  // Says how far it is until it has ended. A form that the person corrects in the second window may still begin a lost attempt.
  const wait = async say => {
    const end = Date.now() + POLL_END_MS;
    let known = Date.now();
    for (let pause = POLL_FIRST_MS; Date.now() < end; pause = Math.min(pause * 1.1, POLL_MOST_MS)) {
      await new Promise(resolve => setTimeout(resolve, pause));
      const { status: how, redirect, next, ...rest } = await ask().catch(() => ({ status: "waiting" }));
      if (how !== "unknown") known = Date.now();
      if (["connected", "unconfirmed", "failed"].includes(how)) return say(how, rest, redirect, next);
      say(Date.now() - known > UNKNOWN_MOST_MS ? "lost" : "waiting");
    }
    say("late");
  };

  const TITLES = {
    waiting: find("waiting-title").textContent,
    lost: "Nothing has begun",
    late: "This took too long",
    connected: "Connected",
    unconfirmed: "Almost connected",
    failed: "Not connected",
  };
  const WORDS = {
    lost: "Look into the window that has opened. If it is closed, or shows an error, start over.",
    late: "Start over to try again.",
    connected: "You can close this window.",
    unconfirmed: "You can close this window.",
  };
  let said = "waiting";
  const show = (how, rest, redirect, next) => {
    if (how === said) return;
    said = how;
    find("waiting-title").textContent = TITLES[how];
    find("waiting-title").focus();
    find("status").textContent = [rest?.error, next, WORDS[how]].filter(Boolean).join(" ");
    find("reference").hidden = how !== "failed";
    find("reference").querySelector("code").textContent = id;
    find("hints").hidden = how !== "waiting";
    find("vendor-words").textContent = rest?.vendor ?? "";
    find("vendor").hidden = !rest?.vendor;
    // Only an attempt that has stored nothing leaves the link for another one.
    find("restart").hidden = ["connected", "unconfirmed"].includes(how) ||
      (how === "failed" && rest.error_type !== "connection_error");
    if (rest) end(rest, redirect);
  };

  let isWaiting = false;
  form.addEventListener("submit", event => {
    if (isWaiting) return event.preventDefault();
    isWaiting = true;
    form.elements.window.value = "second";
    // Opened by a script, so that it can close itself at the end. What the vendor shows must not reach this page through it.
    const second = window.open("", `mortise-${id}`, "popup,width=640,height=800");
    if (second) second.opener = null;
    form.target = second ? `mortise-${id}` : "_blank";
    // The form is sent after this handler; hidden fields go with it.
    setTimeout(() => {
      form.hidden = true;
      document.querySelectorAll(".ways, .back").forEach(way => way.setAttribute("hidden", ""));
      find("waiting").hidden = false;
      find("waiting-title").focus();
      wait(show);
    });
  });
})();
