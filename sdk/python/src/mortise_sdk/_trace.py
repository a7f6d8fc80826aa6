"""The text of an exception in the log. It formats frames itself: ``traceback`` would look for source lines in files, and
a component that does so traps."""

from __future__ import annotations

import traceback


def trace(error: BaseException) -> str:
    """An exception, after those that led to it."""
    chain: list[BaseException] = []
    led: BaseException | None = error
    while led is not None and led not in chain:
        chain.insert(0, led)
        led = led.__cause__ or (None if led.__suppress_context__ else led.__context__)
    return "\nwhich led to:\n".join(map(_raised, chain))


def _raised(error: BaseException) -> str:
    """One exception, after its frames, the innermost last."""
    frames = ((frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__))
    shown = [f'  File "{code.co_filename}", line {line}, in {code.co_name}' for code, line in frames]
    return "\n".join([*shown, f"{type(error).__name__}: {error}"])
