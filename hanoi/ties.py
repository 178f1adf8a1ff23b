"""Orders, ranks and comparisons that come out the same on every processor.

Another processor adds in another order, so that computed values differ in their last digits: at most 8e-14 of the value
in the chapters of this book (numpy and OpenBLAS with AVX-512, as Haswell, and with all dispatch off). Whatever a reader
sees, and every decision that a statistic takes on a computed value, hangs on ten significant digits only.
Sorts are stable, on rows that :func:`hanoi.evidence.read` gives in the order of their key, so that no tie is left open.
"""

import numpy as np
import pandas as pd

DIGITS = 10  # significant digits that are trusted; the noise between processors begins at the thirteenth


def settled(values):
    """Return ``values`` (a number, an array, or a Series or DataFrame of numbers) rounded to ten significant digits.

    A value that lies on an edge of the format in which it is shown, such as 64.5, is on that edge on every processor.
    Missing and infinite values stay as they are; a scalar comes back as a float.
    """
    if isinstance(values, pd.DataFrame):
        return values.apply(settled)
    if isinstance(values, pd.Series):
        return pd.Series(settled(values.to_numpy(dtype=float, na_value=np.nan)), index=values.index, name=values.name)
    if np.ndim(values):
        array = np.asarray(values, dtype=float)
        return np.array([settled(value) for value in array.ravel()]).reshape(array.shape)
    return float(f"{float(values):.{DIGITS}g}")


def at_least(values, bound):
    """Return whether ``values`` reach ``bound``, equal in ten significant digits counting as reached.

    For shares of draws that are as far out as what was observed: a copy of the observed value is a tie, not a chance
    of the last digit. Scalars or arrays that broadcast.
    """
    values, bound = np.asarray(values, dtype=float), np.asarray(bound, dtype=float)
    slack = 10.0**-DIGITS * np.maximum(np.abs(values), np.abs(bound))
    return (values >= bound - np.where(np.isfinite(slack), slack, 0))[()]


def top(values):
    """Return the label of the largest value of a Series; of several that are equal in ten digits, the first."""
    return _first(values, settled(values).max())


def bottom(values):
    """Return the label of the smallest value of a Series; of several that are equal in ten digits, the first."""
    return _first(values, settled(values).min())


def _first(values, extreme):
    if pd.isna(extreme):
        raise ValueError("no value to choose from")
    return values.index[settled(values).eq(extreme).to_numpy()][0]
