"""The two coding passes and how far they agree."""

import krippendorff
import numpy as np
import pandas as pd

#: Krippendorff's lower bound for tentative conclusions (Content Analysis, chapter on reliability).
RELIABLE = 0.667


def passes(codings, variable):
    """Return the codes of one variable, one row a statement: ``a``, ``b`` and ``a_confidence``, ``b_confidence``.

    Raises KeyError for a variable that nobody coded.
    """
    rows = codings[codings["variable"].eq(variable)]
    if rows.empty:
        raise KeyError(f"no codings of {variable!r}")
    wide = rows.pivot(index="statement_id", columns="coder", values=["value", "confidence"])
    return pd.DataFrame(
        {
            "a": wide["value", "a"],
            "b": wide["value", "b"],
            "a_confidence": wide["confidence", "a"],
            "b_confidence": wide["confidence", "b"],
        }
    )


def scale(codebook, variable):
    """Return the level of measurement of a variable and its codes in the order of the codebook, without ``NA``."""
    rows = codebook[codebook["variable"].eq(variable)].sort_values("rank", kind="stable")
    return rows["type"].iloc[0], [value for value in rows["value"] if value != "NA"]


def alpha(answers, values, level):
    """Return Krippendorff's alpha of coders' answers; nan where the answers do not vary.

    ``answers``  rows are units, columns are coders; anything that is not in ``values`` is missing
    ``values``   the codes, in order where ``level`` is ordinal
    ``level``    nominal, ordinal or interval
    The coefficient is computed by the library ``krippendorff`` (Krippendorff 2011, Computing Krippendorff's
    Alpha-Reliability): 1 is perfect agreement, 0 is what chance would give.
    """
    counts = _counts(answers, values)
    if (counts.sum(axis=0) > 0).sum() < 2:
        return float("nan")
    domain = range(len(values)) if level in ("nominal", "ordinal") else map(float, values)
    return float(krippendorff.alpha(value_counts=counts, value_domain=list(domain), level_of_measurement=level))


def alpha_interval(answers, values, level, *, repetitions=2000, seed=2019):
    """Return (low, high, share undefined): the 95% percentile bootstrap interval of alpha over units.

    Units are drawn with replacement, coders stay fixed. A draw whose answers do not vary has no alpha; such draws are
    left out, and their share is returned as it is in the long run. (nan, nan, 1.0) where no draw has one.
    """
    counts, draws = _counts(answers, values), np.random.default_rng(seed)
    drawn = draws.integers(0, len(counts), (repetitions, len(counts)))
    found = _alphas(counts, drawn, values, level)
    kept = found[~np.isnan(found)]
    if not len(kept):
        return float("nan"), float("nan"), 1.0
    low, high = np.percentile(kept, [2.5, 97.5])
    return float(low), float(high), _undefined(counts)


def _undefined(counts):
    """Return the chance that the answers of as many units, drawn with replacement, do not vary."""
    silent = (counts.sum(axis=1) == 0).mean()
    alike = [(np.delete(counts, code, axis=1).sum(axis=1) == 0).mean() for code in range(counts.shape[1])]
    return float(sum(share ** len(counts) for share in alike) - (len(alike) - 1) * silent ** len(counts))


def _counts(answers, values):
    """Return how many coders gave each code (units × codes); none for a unit answered once, which pairs with nothing."""
    counts = np.stack([(answers == value).sum(axis=1) for value in values], axis=1).astype(int)
    return counts * (counts.sum(axis=1, keepdims=True) > 1)


def _alphas(counts, drawn, values, level):
    """Return :func:`alpha` of each row of ``drawn`` (numbers of units), all at once: the library takes one at a time.

    Krippendorff's coincidence matrix is a sum over units, and units that are answered alike add the same to it. The
    ordinal difference of two codes is the squared difference of their mean ranks. Raises ValueError for another level.
    """
    if level not in ("nominal", "ordinal", "interval"):
        raise ValueError(f"level {level!r}: an interval of alpha is computed for nominal, ordinal and interval codes")
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    times = np.stack([(kind[drawn] == place).sum(axis=1) for place in range(len(kinds))], axis=1)
    observed = np.tensordot(times, _pairs(kinds), axes=1)
    sizes = observed.sum(axis=1)
    if level == "nominal":
        distance = 1 - np.eye(len(values))
    else:
        place = sizes.cumsum(axis=1) - sizes / 2 if level == "ordinal" else np.array([list(map(float, values))])
        distance = (place[:, :, None] - place[:, None, :]) ** 2
    varied = (sizes > 0).sum(axis=1) > 1
    by_chance = np.where(varied, (_pairs(sizes) * distance).sum(axis=(1, 2)), np.nan)
    return 1 - (observed * distance).sum(axis=(1, 2)) / by_chance


def _pairs(sizes):
    """Return the pairs of codes (rows × codes × codes) among answers counted by code, each over one less than all answers."""
    found = sizes[:, :, None] * sizes[:, None, :] - sizes[:, :, None] * np.eye(sizes.shape[1])
    return found / np.maximum(sizes.sum(axis=1) - 1, 1)[:, None, None]


def agreement(codings, codebook, *, repetitions=2000, seed=2019):
    """Return how far the two passes agree, one row a variable.

    ``same``           percent of all statements with the same code in both passes, ``NA`` being a code
    ``stated``         number of statements for which both passes give a code other than ``NA``
    ``same_stated``    percent of these with the same code
    ``alpha`` (``low``, ``high``)                 alpha at the variable's level, over statements that both passes code
    ``says_alpha`` (``says_low``, ``says_high``)  nominal alpha of the question before: does the statement say anything?
    ``reliable``       both alphas are at least 0.667
    """
    found = []
    for variable in codebook["variable"].unique():
        level, values = scale(codebook, variable)
        codes = passes(codings, variable)[["a", "b"]].to_numpy()
        says = np.where(codes == "NA", "no", "yes")
        both = (says == "yes").all(axis=1)
        same = codes[:, 0] == codes[:, 1]
        row = {
            "variable": variable,
            "level": level,
            "statements": len(codes),
            "same": 100 * same.mean(),
            "stated": int(both.sum()),
            "same_stated": 100 * same[both].mean(),
        }
        for name, answers, codes_of, measure in (("", codes, values, level), ("says_", says, ["no", "yes"], "nominal")):
            row[f"{name}alpha"] = alpha(answers, codes_of, measure)
            row[f"{name}low"], row[f"{name}high"], row[f"{name}undefined"] = alpha_interval(
                answers, codes_of, measure, repetitions=repetitions, seed=seed
            )
        found.append(row | {"reliable": min(row["alpha"], row["says_alpha"]) >= RELIABLE})
    return pd.DataFrame(found)


def contrast(codings, variable, one, *, statements=None):
    """Return the answers of the two passes on one contrast: 0 or 1 where a pass gives a code, else "NA"; a frame a, b.

    ``one``         the codes that count as 1, every other code but ``NA`` as 0
    ``statements``  statement_ids that are kept, by default all
    Give ``alpha(frame.to_numpy(), [0, 1], "nominal")`` the frame: agreement on a contrast can be far from that on the scale.
    """
    codes = passes(codings, variable)[["a", "b"]]
    if statements is not None:
        codes = codes[codes.index.isin(statements)]
    return codes.map(lambda code: code if code == "NA" else int(code in one))


def from_pages(codings, checks):
    """Return how the codes from paraphrases compare with a third coder's codes from the original pages, a row a variable.

    ``checks``   the table ``validity_checks``: statement_id, variable, value
    ``pages``    statements that the third coder read; ``both_speak``: those with a code there and one in either pass
    ``same``     of these, the third code is that of at least one pass; ``near``: on a scale of numbers at most one step off
    ``page_only``, ``passes_only``  only the page, or only both passes, speak
    Another reading of the same words is no proof that a code is right.
    """
    found = []
    for variable, rows in checks.groupby("variable"):
        codes = passes(codings, variable)[["a", "b"]].reindex(rows["statement_id"])
        page = rows.set_index("statement_id")["value"]
        said = codes.ne("NA")
        compared = page.ne("NA") & said.any(axis=1)
        numbers = (
            codes.where(said).apply(pd.to_numeric, errors="coerce").sub(pd.to_numeric(page, errors="coerce"), axis=0)
        )
        same = codes.eq(page, axis=0).any(axis=1)
        found.append(
            {
                "variable": variable,
                "pages": len(page),
                "both_speak": int(compared.sum()),
                "same": int((same & compared).sum()),
                "near": int(((same | numbers.abs().le(1).any(axis=1)) & compared).sum()),
                "page_only": int((page.ne("NA") & ~said.any(axis=1)).sum()),
                "passes_only": int((page.eq("NA") & said.all(axis=1)).sum()),
            }
        )
    return pd.DataFrame(found)


def disagreements(codings):
    """Return every pair of codes that differs: statement_id, variable, a, b, their confidence, and the kind.

    ``kind`` is "one is silent" where one pass gives ``NA``, and "two answers" where both answer differently.
    """
    rows = pd.concat([passes(codings, variable).assign(variable=variable) for variable in codings["variable"].unique()])
    rows = rows[rows["a"].ne(rows["b"])].reset_index()
    rows["kind"] = np.where(rows[["a", "b"]].eq("NA").any(axis=1), "one is silent", "two answers")
    return rows[["statement_id", "variable", "a", "b", "a_confidence", "b_confidence", "kind"]]
