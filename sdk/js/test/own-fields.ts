/** The own fields of an integration have their declared types. All other fields have the types of the model. */

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
    // @ts-expect-error `seats` is a number.
    const seats: string | null | undefined = user.seats;
    // @ts-expect-error No operation declares `size`.
    const size = user.size;
    call.post("/people").json({ color, seats, size, isRemote: user.is_remote, name: user.name }).primary().send();
  },
});

const user: UserOf<typeof integration.capabilities> = { name: "Ada", color: "red" };
new MockVendor().createUser(integration, user);
// @ts-expect-error `color` is a text.
new MockVendor().createUser(integration, { color: 7 });
