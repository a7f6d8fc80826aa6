/**
 * The part of a browser that the module uses. The browser tests of this repository show what a real browser does with
 * the module.
 */

/** A window that has been opened. */
class Opened {
  closed = false;
  gone = [];
  focus() {}
  close() {
    this.closed = true;
  }
  location = { replace: (url) => this.gone.push(url) };
}

class Element extends EventTarget {
  style = {};
  attributes = {};
  children = [];
  open = false;
  focused = 0;
  constructor(name) {
    super();
    this.name = name;
    if (name === "iframe") this.contentWindow = new Opened();
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  append(...children) {
    for (const child of children) this.children.push(Object.assign(child, { parent: this }));
  }
  remove() {
    this.parent.children = this.parent.children.filter((child) => child !== this);
  }
  focus() {
    this.focused += 1;
  }
  showModal() {
    this.open = true;
  }
  close() {
    this.open = false;
  }
}

/** Puts a browser in place of the globals. `opened` has the windows, `left` the addresses to which this window went. */
export function browser({ blocks = false } = {}) {
  const opened = [];
  const left = [];
  const listeners = new Set();
  const body = new Element("body");
  globalThis.window = {
    screenX: 0,
    screenY: 0,
    outerWidth: 1400,
    outerHeight: 900,
    location: { assign: (url) => left.push(url) },
    open(url, name, features) {
      if (blocks) return null;
      opened.push(Object.assign(new Opened(), { url, name, features }));
      return opened.at(-1);
    },
    addEventListener: (_, listener) => listeners.add(listener),
    removeEventListener: (_, listener) => listeners.delete(listener),
  };
  globalThis.document = { body, createElement: (name) => new Element(name) };
  const say = (source, origin, data) => [...listeners].forEach((listener) => listener({ source, origin, data }));
  return { opened, left, body, listeners, say };
}
