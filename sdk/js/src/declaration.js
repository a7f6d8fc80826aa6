/** Converts the capabilities of an author into the declaration of the contract. */

export function declaration({
  slug,
  label,
  origins,
  headers = [],
  variables = [],
  variableSets = [],
  auth = [],
  limits = [],
  errorMessages = [],
  operations,
  evidence,
  probe,
}) {
  return {
    slug,
    label,
    origins: [...origins],
    headers: [...headers],
    variables: variables.map((variable) => ({
      name: variable.name,
      label: variable.label,
      required: variable.required ?? variable.default === undefined,
      secret: variable.secret ?? false,
      default: variable.default,
      help: variable.help,
      values: [...(variable.values ?? [])],
      shown: variable.shown ?? false,
    })),
    variableSets: variableSets.map((names) => [...names]),
    auth: auth.map(({ kind, params, exchange, origins = [] }) => ({
      kind,
      params: Object.entries(params),
      exchange: exchange && tokenExchange(exchange),
      origins: [...origins],
    })),
    limits: limits.map(({ requests, seconds }) => ({ requests, seconds })),
    errorMessages: [...errorMessages],
    operations: operations.map(operation),
    evidence: evidence && { kind: evidence.kind, checked: evidence.checked },
    probe,
  };
}

function tokenExchange({ kind = "exchange", url, encoding = "form", fields = {}, basic, plainBasic = false, headers = {}, ...rest }) {
  return {
    kind,
    method: encoding === "query" ? "get" : "post",
    url,
    encoding,
    fields: Object.entries(fields),
    basic: basic && [...basic],
    plainBasic,
    headers: Object.entries(headers),
    answers: Object.entries(rest.answers ?? {}).map(([name, { pointer, secret = true }]) => ({ name, pointer, secret })),
    lifetime: { pointer: rest.lifetime, seconds: rest.seconds ?? 3_600 },
    authorization: rest.authorization && authorization(rest.authorization),
  };
}

function authorization({ url, scopes = [], separator = " ", params = {}, pkce = "on", captures = {} }) {
  return {
    url,
    scopes: [...scopes],
    separator,
    params: Object.entries(params),
    pkce,
    captures: Object.entries(captures).map(([variable, { pointer, parameter }]) =>
      parameter === undefined
        ? { variable, source: "token", place: pointer }
        : { variable, source: "redirect", place: parameter },
    ),
  };
}

function operation({ category, operation: name, response = [], listing, effect, ...fields }) {
  return {
    category,
    operation: name,
    query: rows({
      required: fields.queryRequired,
      writable: fields.query,
      values: fields.queryValues,
      notes: fields.queryNotes,
    }),
    request: rows(fields),
    response: [...response],
    listing: listing && pages(listing),
    effect,
  };
}

function pages({ least = 1, most, usual, end = "told", order = "unstable", combines = true, ...rest }) {
  return {
    least,
    most,
    usual,
    end,
    order,
    cursorSeconds: rest.cursorSeconds,
    depth: rest.depth,
    combines,
    partial: [...(rest.partial ?? [])],
    leavesOut: [...(rest.leavesOut ?? [])],
  };
}

/** One row for each field, in the order in which the fields are first named. */
function rows({ required = [], writable = [], ignored = {}, values = {}, own = {}, notes = {} }) {
  const found = new Map();
  const row = (field, level) => {
    if (!found.has(field)) found.set(field, { field, level, values: [], jsonType: undefined, note: undefined });
    return found.get(field);
  };
  for (const field of required) row(field, "required");
  for (const field of writable) row(field, "writable");
  for (const [field, note] of Object.entries(ignored)) row(field, "ignored").note = note;
  for (const [field, known] of Object.entries(values)) row(field, "writable").values = [...known];
  for (const [field, jsonType] of Object.entries(own)) row(field, "writable").jsonType = jsonType;
  for (const [field, note] of Object.entries(notes)) row(field, "writable").note = note;
  return [...found.values()];
}
