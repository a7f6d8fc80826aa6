"""What .ci/schemathesis adds to schemathesis: which refusals no schema can foresee, and which cases are none."""

import schemathesis


@schemathesis.hook
def filter_case(ctx, case):
    """In a query string a number is text, and nothing looks like an empty object: meant as wrong, they can be a right value of a filter or
    an order, and are no cases."""
    if case.method.upper() != "GET" or case.meta is None or case.meta.generation.mode.is_positive:
        return True
    values = (case.query or {}).values()
    return not any(isinstance(value, (int, float)) or value in ("", None, [], {}) for value in values)


@schemathesis.check
def refused_by_the_integration_only(ctx, response, case):
    """A unified call that the document allows is refused with a 400 by the integration alone: because its vendor cannot do what
    was asked, in the words of its author. The host's own messages begin with what they are about. Of these there are some that no
    schema can foresee: a number that 64 bits do not hold, among free members or as a limit, a second address that is marked as primary, a
    cursor of another list, and users that have no value of their own to be keyed by."""
    if not case.operation.path.startswith("/unified/") or response.status_code != 400:
        return
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for failure in response.json().get("details", {}).get("failures", []):
        path, message = failure["path"], failure["message"]
        if path in ("next_cursor", "limit") or (path == "truto_key_by" and "not every user" in message):
            continue
        own = (f"{path} ", f"query parameter {path} ", "the body ", "the query string ")
        if message.endswith(("is a number that is too large", "as another address is: one address can be")):
            continue
        assert not message.startswith(own), f"the host refuses what its document allows: {message}"
