"""The functions below a call: the host's in a component, a scripted vendor's in a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass
class Outgoing:
    """One vendor request, complete."""

    method: str
    target: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | None = None
    primary: bool = False


class Answer(Protocol):
    """A vendor's answer."""

    def status(self) -> int: ...

    def header(self, name: str) -> str | None: ...

    def body(self) -> bytes: ...


class Transport(Protocol):
    """The functions behind a call."""

    def send(self, request: Outgoing) -> Answer: ...

    def variable(self, name: str) -> str | None: ...

    def parameter(self, name: str) -> str | None: ...

    def wants_user(self) -> bool: ...

    def authentication_method(self) -> str | None: ...

    def ignore(self, field: str) -> None: ...

    def log(self, level: str, message: str) -> None: ...
