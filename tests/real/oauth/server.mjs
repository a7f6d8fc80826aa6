/**
 * A vendor for the tests of connecting: an OAuth 2.0 authorization server (npm's oidc-provider) with a small API of users behind it.
 *
 *   node server.mjs '{"issuer": "https://vendor.example.com", "clients": [{"id": …, "secret": …, "redirect_uri": …, "pkce": true}]}'
 *
 * Listens on a free port of loopback, in plain HTTP, and then prints the port. Browsers come through a front that ends
 * TLS, under the name of the issuer. Ends when its standard input ends. Its packages are in the working directory.
 *
 * A client with `pkce` must send a code challenge, and a client without it must not. Every refresh brings a new refresh
 * token, and ends the grant if an old one comes. Its pages cut the link between windows (`Cross-Origin-Opener-Policy`),
 * as many vendors' pages do.
 */

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { Provider } = await import(pathToFileURL(createRequire(`${process.cwd()}/`).resolve("oidc-provider")));

const { issuer, clients } = JSON.parse(process.argv[2]);
const takesPkce = (id) => clients.some((client) => client.id === id && client.pkce);

const USERS = [
  { id: "1", name: "Ada Example" },
  { id: "2", name: "Bo Example" },
];

const provider = new Provider(issuer, {
  clients: clients.map((client) => ({
    client_id: client.id,
    client_secret: client.secret,
    redirect_uris: [client.redirect_uri],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  })),
  cookies: { keys: [randomBytes(32).toString("hex")] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: () => true,
  pkce: { required: (_, client) => takesPkce(client.clientId) },
  rotateRefreshToken: true,
  scopes: ["users.read", "users.write"],
  ttl: { AccessToken: 3_600, Grant: 86_400, Interaction: 600, RefreshToken: 86_400, Session: 86_400 },
});
// The front ends TLS. Its headers decide the scheme of addresses, and the form of cookies.
provider.proxy = true;
provider.on("server_error", (_, error) => console.error(error));

/** The page that asks for consent; its two buttons are the answer. */
async function ask(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const page = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Vendor</title><h1>${params.client_id} wants ${params.scope}</h1>
    <form method="post"><button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button></form></html>`;
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(page);
}

/** The person's answer to the page. */
async function decide(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const answer = new URLSearchParams(await bodyOf(request)).get("answer");
  if (answer !== "allow") {
    const refusal = { error: "access_denied", error_description: "Ada said no" };
    return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  }
  const grant = new provider.Grant({ accountId: "ada", clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: "ada" }, consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/** The API: `GET /users` with an access token, or with a key that a test has drawn (`Canary`). */
async function users(request, response) {
  const [, bearer] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
  const token = bearer && (await provider.AccessToken.find(bearer));
  const isGranted = bearer?.startsWith("canary-") || (token?.isValid && token.scope?.split(" ").includes("users.read"));
  response.statusCode = isGranted ? 200 : 401;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(isGranted ? { users: USERS } : { message: "no such token" }));
}

async function bodyOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const authorize = provider.callback();

async function serve(request, response) {
  const url = new URL(request.url, issuer);
  request.headers["x-forwarded-proto"] = "https";
  response.setHeader("cross-origin-opener-policy", "same-origin");
  if (url.pathname === "/users") return users(request, response);
  if (url.pathname.startsWith("/interaction/")) return request.method === "POST" ? decide(request, response) : ask(request, response);
  if (url.pathname === "/auth" && url.searchParams.has("code_challenge") && !takesPkce(url.searchParams.get("client_id"))) {
    response.statusCode = 400;
    return response.end("this client takes no code_challenge");
  }
  return authorize(request, response);
}

const server = createServer((request, response) => {
  serve(request, response).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
process.stdin.resume().on("end", () => process.exit());
