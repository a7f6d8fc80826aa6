// The service that a team could write instead: the mapping as JSONata expressions, tokens and accounts in memory, and a
// log line for each request.
// It creates agents at Dixa for `POST /unified/ticketing/users?integrated_account_id=…`. Its first line of output is
// its address.

import { createHash, randomUUID } from "node:crypto";
import http from "node:http";

import jsonata from "jsonata";
import { Pool } from "undici";

const { VENDOR, TOKEN, ACCOUNT, CREDENTIAL } = process.env;

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const tokens = new Map([[sha256(TOKEN), randomUUID()]]);
const accounts = new Map([[ACCOUNT, { credential: CREDENTIAL }]]);
const vendor = new Pool(VENDOR, { connections: 32 });

const toAgent = jsonata(`{
  "displayName": name,
  "email": emails[type = "primary"].email,
  "additionalEmails": [emails[type != "primary"].email],
  "firstName": first_name,
  "lastName": last_name,
  "avatarUrl": avatar
}`);

const toUser = jsonata(`{
  "id": data.id,
  "name": data.displayName,
  "first_name": data.firstName,
  "last_name": data.lastName,
  "emails": [
    { "email": data.email, "type": "primary" },
    data.additionalEmails.{ "email": $, "type": "other" }
  ],
  "is_active": true,
  "avatar": data.avatarUrl,
  "roles": [data.roles.{ "id": $, "name": $ }],
  "created_at": data.createdAt,
  "updated_at": null,
  "remote_data": $
}`);

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function create(request, url) {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  const caller = scheme === "Bearer" ? tokens.get(sha256(token)) : undefined;
  if (!caller) throw new Refusal(401, "the token is not valid");
  const account = accounts.get(url.searchParams.get("integrated_account_id"));
  if (!account) throw new Refusal(404, "no such account");
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const agent = await toAgent.evaluate(JSON.parse(Buffer.concat(pieces)));
  const { statusCode, body } = await vendor.request({
    method: "POST",
    path: "/v1/agents",
    headers: { authorization: account.credential, "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(agent),
  });
  const answer = await body.json();
  if (statusCode >= 300) throw new Refusal(statusCode, "the vendor refused");
  return [statusCode, await toUser.evaluate(answer), { caller }];
}

const server = http.createServer(async (request, response) => {
  const started = process.hrtime.bigint();
  const url = new URL(request.url, "http://localhost");
  let [status, answer, known] = [404, { error: "no such route" }, {}];
  try {
    if (request.method === "POST" && url.pathname === "/unified/ticketing/users") {
      [status, answer, known] = await create(request, url);
    }
  } catch (error) {
    [status, answer] = [error.status ?? 500, { error: error.message }];
  }
  const body = Buffer.from(JSON.stringify(answer));
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length }).end(body);
  const us = Number((process.hrtime.bigint() - started) / 1000n);
  const account = url.searchParams.get("integrated_account_id");
  const line = { time: new Date().toISOString(), level: "info", method: request.method, path: url.pathname, status, account, us, ...known };
  process.stdout.write(`${JSON.stringify(line)}\n`);
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`127.0.0.1:${server.address().port}\n`));
