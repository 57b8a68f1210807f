"""The only room that knows Dagster: it binds the declared tables to assets, checks and jobs.

What they do to the lake belongs in `operations/`.
"""

import warnings

import dagster as dg

# Single-run backfills and windows over missing partitions are beta; docs/decisions says why.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)
