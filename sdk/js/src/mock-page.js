/** Pages that a test asks for, and checks that hold for every page. */

import assert from "node:assert/strict";

import { Page } from "./page.js";
import { pointed } from "./pointer.js";

/** The page of a test. Its filters have the names of query parameters. */
export function asked({ size, cursor, filters = {}, sort }) {
  const filter = ([name, value]) => {
    const [, field, operator = "eq"] = /^(\w+)(?:\[(\w+)\])?$/.exec(name) ?? assert.fail(`\`${name}\` is not a filter`);
    return { field, operator, value };
  };
  return new Page({ size, cursor, filters: Object.entries(filters).map(filter), sort });
}

/** Checks that the page holds only filters and orders that the integration declares. The host would refuse others. */
export function checkAsked({ size, filters, sort }, support) {
  assert.ok(support?.listing, "the integration does not declare how it lists in this category");
  const { least, most } = support.listing;
  assert.ok(least <= size && size <= most, `a page has ${least} to ${most} rows, not ${size}`);
  const names = filters.map(({ field, operator }) => (operator === "eq" ? field : `${field}[${operator}]`));
  for (const name of sort === undefined ? names : [...names, `sort_by[${sort.field}]`]) {
    assert.ok(support.query.some(({ field }) => field === name), `\`${name}\` is not declared`);
  }
}

/** Checks that every row has its own identifier, and its own place in the primary answer. */
export function checkRows(rows, primary) {
  const [ids, places] = [new Set(), new Set()];
  for (const { user, source = "" } of rows) {
    assert.ok(user.id, `a row has no \`id\`: ${JSON.stringify(user)}`);
    assert.ok(!ids.has(user.id), `two rows have the \`id\` ${user.id}`);
    ids.add(user.id);
    if (source === "") continue;
    assert.ok(pointed(primary, source) !== undefined, `\`${source}\` leads to nothing in the primary answer`);
    assert.ok(!places.has(source), `two rows stand at \`${source}\``);
    places.add(source);
  }
}
