"""The statistics of the opinion polls: sampling error, comparisons, bounds, and pooling over pollsters and time.

All percentages are on the scale 0 to 100, all sizes are numbers of respondents, all intervals are 95% intervals unless
``level`` says otherwise. A function that is given no sample size (NaN) returns NaN: no interval is invented.

Sources of the methods
    design effect           Kish, Survey Sampling (1965): variance of the poll over that of a simple random sample
    one percentage          Wilson, JASA 22 (1927) 209-212, as in ``statsmodels.stats.proportion``
    two polls               Newcombe, Statistics in Medicine 17 (1998) 873-890, hybrid score interval
    two answers, one item   Franklin, The 'Margin of Error' for Differences in Polls (2007), multinomial variance
    two items, one sample   bounds of Frechet on the overlap; the widest variance that the margins allow
    pooled gap              DerSimonian and Laird, Controlled Clinical Trials 7 (1986) 177-188
    one more gap            Higgins, Thompson and Spiegelhalter, JRSS A 172 (2009) 137-159: prediction interval
    pooled path             Jackman, Australian Journal of Political Science 40 (2005) 499-517: local level, house effects
"""

from hanoi.opinion.events import Jumps, Placebo, back, first_back, jumps, placebo, separate, with_excess
from hanoi.opinion.polls import answers, asked, changes, firms, gaps, house_means, margins, named_week, one, one_cut
from hanoi.opinion.pooling import Path, coverage, pool_polls
from hanoi.opinion.sampling import (
    both,
    design_effect,
    difference,
    implied_effect,
    lead,
    margin,
    pooled,
    widest_gap,
    wilson,
)

__all__ = [
    "Jumps",
    "Path",
    "Placebo",
    "answers",
    "asked",
    "back",
    "both",
    "changes",
    "coverage",
    "design_effect",
    "difference",
    "firms",
    "first_back",
    "gaps",
    "house_means",
    "implied_effect",
    "jumps",
    "lead",
    "margin",
    "margins",
    "named_week",
    "one",
    "one_cut",
    "placebo",
    "pool_polls",
    "pooled",
    "separate",
    "widest_gap",
    "wilson",
    "with_excess",
]
