/** Failures in the words of the contract. */

export class Failure extends Error {
  constructor(kind, message = "", { field, cause, response } = {}) {
    super(message, { cause });
    this.name = new.target.name;
    this.kind = kind;
    this.field = field;
    this.response = response;
  }
}

export function after(done, action) {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Failure)) throw new InternalError(`${done}: the integration failed: ${error}`, { cause: error });
    error.message = error.message === "" ? done : `${done}: ${error.message}`;
    throw error;
  }
}

export class InvalidInput extends Failure {
  constructor(message, options) {
    super("invalid-input", message, options);
  }
}

export class NotFound extends Failure {
  constructor(message, options) {
    super("not-found", message, options);
  }
}

export class Unsupported extends Failure {
  constructor(message, options) {
    super("unsupported", message, options);
  }
}

export class VendorError extends Failure {
  constructor(message, options) {
    super("vendor", message, options);
  }
}

export class Refused extends Failure {
  constructor(message, options) {
    super("refused", message, options);
  }
}

export class InvalidCursor extends Failure {
  constructor(message, options) {
    super("invalid-cursor", message, options);
  }
}

export class InternalError extends Failure {
  constructor(message, options) {
    super("internal", message, options);
  }
}
