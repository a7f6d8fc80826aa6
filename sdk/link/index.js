/**
 * Opens the connect page of a Mortise host. The types and their documentation are in `index.d.ts`. It is one file, so
 * that a page without a bundler can load it as it is.
 */

/** The message of a page whose window must close without an outcome. */
const CLOSED = "closed";

/** The name of the frame or window. The page knows by it that this module waits for its message. */
const NAME = "mortise-link";

/** How often the module checks whether a window has closed, in ms. */
const LOOK = 100;

/** How long a message may arrive after its window has closed, in ms. The page sends its message before it is closed. */
const LATE = 1_000;

// The code up to the first `await` runs within the caller's click: browsers let only a click open windows.
export default async function authenticate(linkToken, options = {}) {
  const base = baseOf(options.baseUrl);
  const mode = modeOf(options);
  const address = Promise.resolve(linkToken).then((token) => addressOf(base, token, mode, options));
  switch (mode) {
    case "frame":
      return inFrame(address, base.origin);
    case "popup":
      return inPopup(address, base.origin, options);
    default:
      window.location.assign(await address);
      return undefined;
  }
}

function modeOf({ iframe, sameWindow }) {
  if (sameWindow) return "same";
  return iframe === false ? "popup" : "frame";
}

function baseOf(text) {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new TypeError("baseUrl is missing or no URL: give the host's connect.public_url, such as https://connect.example.com");
  }
  return url;
}

function addressOf(base, token, mode, options) {
  if (typeof token !== "string" || token === "") {
    throw new TypeError("the link token is missing: give the link_token that POST /link-token answered to your backend");
  }
  const url = new URL(`${base.origin}${base.pathname.replace(/\/+$/, "")}/connect-account`);
  const set = (name, value) => value && url.searchParams.set(name, value);
  set("link_token", token);
  set("integration", options.integration);
  set("integrations", options.integrations?.join(","));
  set("no_back", options.noBack && "true");
  set("auth_format", options.authFormat);
  set("skip_rapid_form", options.skipRapidForm && "true");
  set("iframe", mode === "frame" && "true");
  // The page knows by this that somebody listens to its frame.
  set("mortise_link", "1");
  return url.href;
}

/** Shows the page in a window of its own. */
function inPopup(address, origin, { width = 700, height = 800 }) {
  const popup = window.open("about:blank", NAME, `popup=yes,width=${width},height=${height},${middle(width, height)}`);
  if (!popup) {
    address.catch(() => {});
    return Promise.reject("blocked");
  }
  popup.focus();
  return new Promise((resolve, reject) => {
    let timer;
    const end = (settle) => {
      clearTimeout(timer);
      stop();
      popup.close();
      settle(resolve, reject);
    };
    const stop = listen(() => popup, origin, end);
    const watch = () => {
      timer = popup.closed ? setTimeout(() => end((_, reject) => reject(CLOSED)), LATE) : setTimeout(watch, LOOK);
    };
    watch();
    address.then(
      // Replaces the blank page, so that there is no way back to it.
      (url) => popup.location.replace(url),
      (error) => end((_, reject) => reject(error)),
    );
  });
}

/** The place in the middle of the caller's window. */
function middle(width, height) {
  const left = Math.max(0, Math.round(window.screenX + (window.outerWidth - width) / 2));
  const top = Math.max(0, Math.round(window.screenY + (window.outerHeight - height) / 2));
  return `left=${left},top=${top}`;
}

/** Shows the page in a frame that covers the application's page. */
function inFrame(address, origin) {
  const frame = document.createElement("iframe");
  const close = document.createElement("button");
  const overlay = overlayOf(frame, close);
  return new Promise((resolve, reject) => {
    const end = (settle) => {
      stop();
      // Returns the focus to the element that had it.
      overlay.close();
      overlay.remove();
      settle(resolve, reject);
    };
    const closed = () => end((_, reject) => reject(CLOSED));
    // A page of the same origin in another window is not this page.
    const stop = listen(() => frame.contentWindow, origin, end);
    // Handles Escape while the focus is not in the frame. In the frame, the page itself reports it.
    overlay.addEventListener("cancel", (event) => {
      event.preventDefault();
      closed();
    });
    close.addEventListener("click", closed);
    frame.addEventListener("load", () => frame.focus());
    document.body.append(overlay);
    // A modal dialog: the focus stays in it, and the page below is inert.
    overlay.showModal();
    address.then(
      (url) => {
        frame.src = url;
        frame.focus();
      },
      (error) => end((_, reject) => reject(error)),
    );
  });
}

/**
 * The frame and the button with their layout. Styles are set as properties, because the application's policy (CSP) may
 * refuse styles as text.
 */
function overlayOf(frame, close) {
  const overlay = document.createElement("dialog");
  overlay.id = "mortise-link";
  overlay.setAttribute("aria-label", "Connect an account");
  Object.assign(overlay.style, {
    boxSizing: "border-box",
    width: "100%",
    maxWidth: "none",
    height: "100%",
    maxHeight: "none",
    margin: "0",
    border: "none",
    padding: "44px 0 0",
    overflow: "hidden",
    background: "Canvas",
    colorScheme: "light dark",
  });
  frame.name = NAME;
  frame.title = "Connect an account";
  Object.assign(frame.style, { display: "block", width: "100%", height: "100%", border: "none", colorScheme: "light dark" });
  // The page has its own way to close. This button is for a page that does not load.
  close.type = "button";
  close.textContent = "\u00d7";
  close.setAttribute("aria-label", "Close");
  Object.assign(close.style, {
    position: "absolute",
    top: "6px",
    right: "8px",
    width: "32px",
    height: "32px",
    border: "1px solid",
    borderRadius: "50%",
    background: "Canvas",
    color: "CanvasText",
    font: "20px/1 sans-serif",
    cursor: "pointer",
  });
  overlay.append(close, frame);
  return overlay;
}

/**
 * Waits for the final message of `source`, a window that shows a page of `origin`. Calls `settle` with it once, with a
 * function that settles the promise of the call. Returns a function that stops listening.
 */
function listen(source, origin, settle) {
  const heard = (event) => {
    if (event.source !== source() || event.origin !== origin) return;
    const said = event.data;
    if (said !== CLOSED && !said?.is_truto) return;
    stop();
    settle((resolve, reject) => (said === CLOSED || said.error ? reject(failure(said)) : resolve(said)));
  };
  const stop = () => window.removeEventListener("message", heard);
  window.addEventListener("message", heard);
  return stop;
}

/** The reason of the rejected promise: the word alone, or an error that has the members of the message. */
function failure(said) {
  return said === CLOSED ? said : Object.assign(new Error(said.error), said);
}
