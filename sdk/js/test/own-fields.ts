/** What an integration declares as its own has its type; everything else is as the model has it. */

import { auth, defineIntegration, secret, type UserOf } from "mortise-sdk";
import { MockVendor } from "mortise-sdk/testing";

const integration = defineIntegration({
  capabilities: {
    slug: "example",
    label: "Example",
    origins: ["https://api.example.com"],
    variables: [secret("api_token", "API token")],
    auth: [auth.bearer("{api_token}")],
    operations: [
      { category: "crm", operation: "create-user", own: { color: "string", seats: "integer" }, response: ["id"] },
      { category: "crm", operation: "update-user", own: { is_remote: "boolean" }, response: ["id"] },
    ],
  },
  createUser(call, user) {
    const color: string | null | undefined = user.color;
    // @ts-expect-error It is a number.
    const seats: string | null | undefined = user.seats;
    // @ts-expect-error Nobody declared it.
    const size = user.size;
    call.post("/people").json({ color, seats, size, isRemote: user.is_remote, name: user.name }).primary().send();
  },
});

const user: UserOf<typeof integration.capabilities> = { name: "Ada", color: "red" };
new MockVendor().createUser(integration, user);
// @ts-expect-error It is a text.
new MockVendor().createUser(integration, { color: 7 });
