"""Times in vendors' spellings, as RFC 3339, which the unified model wants."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ._absent import ABSENT, Absent
from ._lenient import whole

# 10000-01-01T00:00:00Z and 0000-01-01T00:00:00Z in milliseconds: the ends of the range that RFC 3339 can write.
_YEAR_10000 = 253_402_300_800_000
_YEAR_0 = -62_167_219_200_000
# 400 years always have the same number of days. Python's calendar begins with the year 1.
_CYCLE = timedelta(days=146_097)

# Date, time, fraction and offset. Their numbers are within bounds.
_DATE_TIME = re.compile(
    r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))[Tt ]"
    r"((?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60))(\.\d+)?(?:[Zz]|([+-]\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)


def millis(value: int | float | str | Absent | None) -> str | Absent:
    """Milliseconds since 1970, a number or its digits, as RFC 3339. ``ABSENT`` for nothing, and outside the years 0 to
    9999. Raises ``ValueError`` for other types."""
    if value is None or value is ABSENT:
        return ABSENT
    value = whole(value)
    if isinstance(value, bool) or not re.fullmatch("[+-]?[0-9]+", str(value)):
        raise ValueError("must be a whole number of milliseconds since 1970")
    number = int(value)
    if not _YEAR_0 <= number < _YEAR_10000:
        return ABSENT
    if number >= 0:
        return _written(datetime(1970, 1, 1) + timedelta(milliseconds=number), 0)
    return _written(datetime(1970, 1, 1) + _CYCLE + timedelta(milliseconds=number), 400)


def _written(time: datetime, years: int) -> str:
    fraction = f".{time.microsecond // 1_000:03}" if time.microsecond else ""
    return f"{time.year - years:04}-{time:%m-%dT%H:%M:%S}{fraction}Z"


def date_time(value: str | Absent | None) -> str | Absent:
    """A date with a time in another spelling of ISO 8601, such as ``2024-03-01T10:00:00.000+0000`` or ``2024-03-01
    10:00:00``, as RFC 3339. Without an offset it counts as UTC. ``ABSENT`` if it is not a date with a time."""
    found = None if value is None or value is ABSENT else _DATE_TIME.fullmatch(value.strip())
    if found is None:
        return ABSENT
    date, time, fraction, hours, minutes = found.groups(default="")
    offset = f"{hours or '+00'}:{minutes or '00'}"
    return f"{date}T{time}{fraction}{'Z' if offset[1:] == '00:00' else offset}"
