import authenticate, { type ConnectError, type Connected } from "@mortise/link";

const baseUrl = "https://connect.example.com";

export async function framed(): Promise<Connected> {
  return authenticate("t", { baseUrl, integrations: ["acme"], noBack: true, authFormat: "api_key" });
}

export async function windowed(token: Promise<string>): Promise<string | undefined> {
  const connected = await authenticate(token, { baseUrl, iframe: false, width: 500, height: 600 });
  return connected.confirmation_code;
}

export async function left(): Promise<undefined> {
  return authenticate("t", { baseUrl, sameWindow: true });
}

export function said(error: ConnectError): string {
  // @ts-expect-error: no page sends this type of error.
  if (error.error_type === "rapid_form_error") return "";
  return `${error.error_type}: ${error.error} ${error.vendor ?? ""}`;
}

// @ts-expect-error: the host's address is missing.
void authenticate("t", {});
