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

  const { origins: allowed, message, redirect, closes } = document.body.dataset;
  const origins = allowed ? allowed.split(" ") : [];
  const isFramed = window.parent !== window;
  // The page that opened this one: above it, or behind it.
  const opening = isFramed ? window.parent : window.opener;
  const find = id => document.getElementById(id);

  // Browsers drop a message for another origin than that of the window, so at most one of these arrives.
  const post = content => {
    for (const origin of origins) opening.postMessage(content, origin);
  };

  let isTold = false;
  const tell = (content, otherwise) => {
    if (isTold) return;
    isTold = true;
    const leave = () => { if (otherwise) location.replace(otherwise); };
    if (!opening || origins.length === 0) return leave();
    post(content);
    if (!isFramed) setTimeout(() => { window.close(); setTimeout(leave, CLOSE_AFTER_MS); }, CLOSE_AFTER_MS);
  };

  if (message) tell(JSON.parse(message), redirect);
  if (closes !== undefined) setTimeout(() => window.close(), CLOSE_AFTER_MS);

  // What a vendor's site has posted is posted once more, from here: only so do cookies come with it.
  find("again")?.submit();

  // A frame has no button of the browser's to close it.
  const button = find("close");
  if (isFramed && origins.length > 0) {
    const close = () => { if (!isTold) post("closed"); };
    button.hidden = false;
    button.addEventListener("click", close);
    document.addEventListener("keydown", event => { if (event.key === "Escape") close(); });
    (find("errors") ?? document.querySelector("h1")).focus();
  }
  find("errors")?.focus();

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
  if (form?.dataset.consents === undefined || !opening) return;
  const id = form.elements.flow.value;
  const status = find("status");

  const ask = async () => {
    const answer = await fetch(`/connect-account/flow/${id}`, { cache: "no-store" });
    // Until the second window has got through to the host there is no attempt.
    return answer.ok ? answer.json() : { status: "waiting" };
  };

  const wait = async () => {
    const end = Date.now() + POLL_END_MS;
    for (let pause = POLL_FIRST_MS; Date.now() < end; pause = Math.min(pause * 1.1, POLL_MOST_MS)) {
      await new Promise(resolve => setTimeout(resolve, pause));
      const { status: how, ...rest } = await ask().catch(() => ({ status: "waiting" }));
      if (how === "connected" || how === "failed") return { how, rest };
    }
    return { how: "late" };
  };

  const show = ({ how, rest }) => {
    const title = find("waiting-title");
    title.parentElement.querySelectorAll("p").forEach(p => { p.hidden = how === "connected" || !p.querySelector("a"); });
    title.textContent = { connected: "Connected", failed: "Not connected", late: "This took too long" }[how];
    title.focus();
    status.textContent = { connected: "You can close this window.", failed: rest?.error, late: "Start over to try again." }[how] ?? "";
    if (rest) tell(rest);
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
      document.querySelector(".ways")?.setAttribute("hidden", "");
      find("waiting").hidden = false;
      find("waiting-title").focus();
      status.textContent = "";
      wait().then(show);
    });
  });
})();
