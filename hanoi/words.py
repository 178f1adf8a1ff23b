"""Dates and codes as words."""

import re

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day(date):
    """Return an ISO date that may stop at the month or the year as words: '7 March 2019', 'March 2019', '2019'."""
    year, month, number = (*date.split("-"), "", "")[:3]
    return " ".join(part for part in (number.lstrip("0"), _MONTHS[int(month) - 1] if month else "", year) if part)


def code(name):
    """Return a code of the tables as words: 'partly-corroborated' → 'partly corroborated', 'us-politics' → 'US politics'."""
    names = {"us": "US", "russia": "Russia", "vietnam": "Vietnam", "inter korean": "inter-Korean"}
    return re.sub(rf"\b({'|'.join(names)})\b", lambda found: names[found[0]], name.replace("-", " "))
