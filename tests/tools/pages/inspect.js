const problems = [];
const root = document.documentElement;

// No element is wider than the screen.
if (root.scrollWidth > root.clientWidth) {
  const wide = [...document.querySelectorAll("main *")].find(e => e.getBoundingClientRect().right > root.clientWidth + 1
    && !e.closest("pre, .wide"));
  problems.push(`the page is ${root.scrollWidth} wide: ${wide?.outerHTML.slice(0, 200)}`);
}

// Every id belongs to one element. Every label, description and popover button names an existing id.
const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
for (const id of ids.filter((id, i) => ids.indexOf(id) !== i)) problems.push(`the id ${id} comes twice`);
for (const e of document.querySelectorAll("[aria-labelledby], label[for], [popovertarget]")) {
  const id = e.getAttribute("aria-labelledby") ?? e.getAttribute("for") ?? e.getAttribute("popovertarget");
  if (!document.getElementById(id)) problems.push(`${e.tagName} names ${id}, which is not there`);
}
for (const e of document.querySelectorAll("input:not([type=hidden]), select, [role=region]")) {
  const name = e.labels?.length ? e.labels[0].textContent : e.getAttribute("aria-label");
  if (!name?.trim()) problems.push(`${e.outerHTML.slice(0, 100)} has no name`);
}

// The landmarks, one h1 at the start, and no skipped level.
const landmarks = ["header", "main"];
// The connect page has no navigation.
if (document.body.dataset.origins === undefined) landmarks.push("nav[aria-label]");
for (const name of landmarks) {
  if (document.querySelectorAll(name).length !== 1) problems.push(`there is not one ${name}`);
}
const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5")].map(e => Number(e.tagName[1]));
if (levels[0] !== 1 || levels.filter(level => level === 1).length !== 1) problems.push("there is not one h1 in front");
levels.forEach((level, i) => {
  if (i > 0 && level > levels[i - 1] + 1) problems.push(`h${level} follows h${levels[i - 1]}`);
});
for (const th of document.querySelectorAll("th")) {
  if (!th.scope || !th.textContent.trim()) problems.push(`a table header without scope or text: ${th.outerHTML}`);
}

// Text has a contrast of 4.5 to 1 with its background (WCAG 2.2, 1.4.3).
const channels = colour => colour.match(/[\d.]+/g).map(Number);
const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const behind = e => {
  for (; e; e = e.parentElement) {
    const colour = channels(getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const low = new Set();
while (texts.nextNode()) {
  const e = texts.currentNode.parentElement;
  if (!texts.currentNode.data.trim() || !e.checkVisibility()) continue;
  const [a, b] = [luminance(channels(getComputedStyle(e).color)), luminance(behind(e))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) low.add(`${e.tagName}.${e.className} has a contrast of ${contrast.toFixed(2)}`);
}
problems.push(...low);

return {
  problems,
  ids,
  links: [...document.links].map(a => a.href),
  markup: document.documentElement.outerHTML,
};
