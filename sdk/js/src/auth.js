/** How the host signs requests, and how it signs in if the account's own credentials cannot sign. */

export const auth = {
  bearer: (token, signIn) => scheme("bearer", { token }, signIn),
  basic: (username, password, signIn) => scheme("basic", { username, password }, signIn),
  header: (params, signIn) => scheme("header", params, signIn),
  query: (params, signIn) => scheme("query", params, signIn),
};

function scheme(kind, params, signIn) {
  return { kind, params, exchange: signIn, origins: [] };
}

/** The same way to sign, for the requests to these origins alone. */
export function at(scheme, ...origins) {
  return { ...scheme, origins };
}

export const exchange = {
  clientCredentials: (url, options) => oauth2("oauth2-client-credentials", "client_credentials", url, options),
  password: (url, options) =>
    oauth2("oauth2-password", "password", url, options, { username: "{username}", password: "{password}" }),
  refresh: (url, options) => {
    const made = oauth2("oauth2-refresh", "refresh_token", url, options, { refresh_token: "{refresh_token}" });
    made.answers.refresh_token ??= { pointer: "/refresh_token" };
    return made;
  },
};

function oauth2(kind, grantType, url, { basic, plainBasic = false, scope, fields = {}, ...rest } = {}, own = {}) {
  const usesBasic = basic || plainBasic;
  const client = { client_id: "{client_id}", client_secret: "{client_secret}" };
  return {
    kind,
    url,
    lifetime: "/expires_in",
    ...rest,
    fields: {
      grant_type: grantType,
      ...(usesBasic ? {} : client),
      ...own,
      ...(scope === undefined ? {} : { scope }),
      ...fields,
    },
    ...(usesBasic ? { basic: [client.client_id, client.client_secret], plainBasic } : {}),
    answers: { access_token: { pointer: "/access_token" }, ...rest.answers },
  };
}
