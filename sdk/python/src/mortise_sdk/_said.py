"""Signs in the body of an answer that its status does not give."""

from __future__ import annotations

import re
from typing import Any

from ._absent import ABSENT

# How pages begin: the patterns by which browsers know HTML, and `meta`
# (https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type).
_TAGS = b"!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta"
_HTML = re.compile(rb"(?:<\?xml.*?\?>\s*)?<(?:!--|(?:" + _TAGS + rb")(?=[\s/>]|$))", re.IGNORECASE | re.DOTALL)
_CALLED_HTML = re.compile(r"\s*(?:text/html|application/xhtml\+xml)\s*(?:;|$)", re.IGNORECASE)
# Bytes that are enough to know a page.
_BEGINNING = 1024

_WORDS_OF_FAILURE = ("error", "fail", "failed", "failure")


def is_page(content_type: str | None, body: bytes) -> bool:
    """Whether an answer is a page for people: its body begins like HTML, or its type is HTML and the body does not
    begin like JSON."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:_BEGINNING]
    is_called_html = _CALLED_HTML.match(content_type or "") is not None
    return _HTML.match(text) is not None or (is_called_html and text[:1] not in (b"", b"{", b"["))


def is_failure(answer: Any) -> bool:
    """Whether JSON has one of the usual signs of an error at its root. Use it only for answers that hold nothing else:
    a record can have members with these names."""
    return isinstance(answer, dict) and any(_is_sign(name.lower(), value) for name, value in answer.items())


def _is_sign(name: str, value: Any) -> bool:
    if name in ("error", "errors", "err"):
        return not _is_nothing(value)
    if name in ("success", "ok"):
        return value is not None and _is_nothing(value)
    if name in ("status", "kind", "type", "result"):
        return isinstance(value, str) and value.lower() in _WORDS_OF_FAILURE
    return False


def _is_nothing(value: Any) -> bool:
    """Whether a member has no value: null, false, 0, or an empty text, list or object."""
    return not value or (isinstance(value, str) and value.lower() in ("false", "0"))


def is_told(user: Any) -> bool:
    """Whether a user is identified. A name alone is not enough: many errors have one."""
    if not isinstance(user, dict):
        return False
    emails = user.get("emails") or []
    told = [user.get("id"), user.get("external_id"), user.get("username"), *(entry.get("email") for entry in emails)]
    return any(text is not None and text != "" and text is not ABSENT for text in told)
