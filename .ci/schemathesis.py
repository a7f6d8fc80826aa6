"""What .ci/schemathesis adds to schemathesis: which refusals no schema can foresee, and which cases are none."""

import re

import schemathesis


@schemathesis.hook
def filter_case(ctx, case):
    """In a query string a number is text, and nothing looks like an empty object: meant as wrong, they can be a right value of a filter or
    an order, and are no cases."""
    if case.method.upper() != "GET" or case.meta is None or case.meta.generation.mode.is_positive:
        return True
    # A limit is a number.
    values = [value for name, value in (case.query or {}).items() if name != "limit"]
    return not any(isinstance(value, (int, float)) or value in ("", None, [], {}) for value in values)


@schemathesis.check
def fails_by_the_vendor_only(ctx, response, case):
    """A unified call fails with a 5xx only if the vendor did, whose recording says so; if it gave many pages in which nobody was asked for:
    then the answer says where the list goes on; or if the recording of one page answers for another, as it may for made-up parameters."""
    if not case.operation.path.startswith("/unified/") or response.status_code < 500:
        return
    answer = response.json()
    goes_on = "next_cursor" in answer.get("details", {})
    again = answer["message"].startswith("the integration gave a page that cannot be used: ")
    assert answer.get("truto_is_remote_error") is True or goes_on or again, f"the host fails: {answer['message']}"


def text_at(body, path):
    """The text at a failure's path in a body, such as `emails[3].email`."""
    for step in re.findall(r"[^.\[\]]+", path):
        body = body[int(step) if isinstance(body, list) else step]
    return body


@schemathesis.check
def refused_by_the_integration_only(ctx, response, case):
    """A unified call that the document allows is refused with a 400 by the integration alone: because its vendor cannot do what
    was asked, in the words of its author. The host's own messages begin with what they are about. Of these there are some that no
    schema can foresee: a number that 64 bits do not hold, among free members, a second address that is marked as primary, a cursor of
    another list, users that have no value of their own to be keyed by, two filters where the vendor takes one, and a blank text of characters
    beyond the Basic Multilingual Plane, at which the patterns of the schema end."""
    if not case.operation.path.startswith("/unified/") or response.status_code != 400:
        return
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for failure in response.json().get("details", {}).get("failures", []):
        path, message = failure["path"], failure["message"]
        if path == "next_cursor" or (path == "truto_key_by" and "not every user" in message):
            continue
        if "cannot be combined with other filters" in message:
            continue
        own = (f"{path} ", f"query parameter {path} ", "the body ", "the query string ")
        if message.endswith(("is a number that is too large", "and so is another address: only one may be")):
            continue
        if message.endswith("must not be blank") and max(text_at(case.body, path), default="") > "\uffff":
            continue
        assert not message.startswith(own), f"the host refuses what its document allows: {message}"


@schemathesis.check
def refused_beyond_the_patterns(ctx, response, case):
    """An account that the document of its integration allows is refused with a 400 only if a value begins or ends with an invisible
    character beyond the Basic Multilingual Plane, at which the patterns of the schema end."""
    if not case.operation.path.startswith("/integrated-account") or response.status_code != 400:
        return
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for failure in response.json().get("details", {}).get("failures", []):
        character = re.search(r"an invisible character \(U\+([0-9A-F]+)\)", failure["message"])
        beyond = character is not None and int(character[1], 16) > 0xFFFF
        assert beyond, f"the host refuses what its document allows: {failure['message']}"
