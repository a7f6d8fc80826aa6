/** The page of users that the host asks for. */

import { InvalidCursor } from "./errors.js";
import { wholeNumber } from "./lenient.js";

export class Page {
  constructor({ size, cursor, filters = [], sort }) {
    this.size = size;
    this.cursor = cursor ?? undefined;
    this.filters = filters;
    this.sort = sort ?? undefined;
  }

  number() {
    return this.#counted(1);
  }

  offset() {
    return this.#counted(0);
  }

  #counted(first) {
    if (this.cursor === undefined) return first;
    const number = wholeNumber(this.cursor);
    if (number === undefined) throw new InvalidCursor();
    return number;
  }

  filter(field) {
    return this.bound(field, "eq");
  }

  bound(field, operator) {
    return this.filters.find((filter) => filter.field === field && filter.operator === operator)?.value;
  }
}
