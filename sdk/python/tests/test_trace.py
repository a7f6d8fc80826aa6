import linecache
import unittest
from unittest.mock import patch

from mortise_sdk._trace import trace


def fails() -> None:
    try:
        int("x")
    except ValueError as error:
        raise KeyError("seats") from error


class Trace(unittest.TestCase):
    def test_an_exception_is_shown_with_what_led_to_it_and_without_a_look_at_files(self) -> None:
        linecache.clearcache()
        try:
            fails()
        except KeyError as error:
            with patch("os.stat", side_effect=AssertionError("a file is looked for")):
                shown = trace(error)
        first, then = shown.split("\nwhich led to:\n")
        self.assertRegex(first, r"test_trace.py\", line \d+, in fails\nValueError: invalid literal")
        self.assertRegex(then, r"test_trace.py\", line \d+, in fails\nKeyError: 'seats'$")


if __name__ == "__main__":
    unittest.main()
