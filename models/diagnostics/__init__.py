"""Figures read off a finished run, one module a subject.

``statistics`` and ``fates`` of many networks, the ``trend`` of their gradient, the ``causes`` of
their failure and the ``remedies`` that follow, what a ``family`` of runs is compared by; in one
network, the ``chain`` rule, the ``health`` of its layers, and the ``points`` as its layers see
them.
"""

from models.diagnostics.causes import (
    CAUSES,
    ENOUGH,
    FAILURES,
    failure_cause,
    is_final,
    mending,
    remedies,
)
from models.diagnostics.chain import (
    BLAME_SHARE,
    DAMAGES,
    WEAKENED,
    AnswerSlope,
    ChainFactors,
    Damage,
    Multiplied,
    OpenPaths,
    WeightChain,
    begin_alike,
    chain_factors,
    damage,
    open_paths,
    way_back,
    weight_chain,
)
from models.diagnostics.family import Standing, best, median_steps, standing
from models.diagnostics.fates import (
    FATES,
    answer_off,
    fate_counts,
    fates,
    lost_fate,
    network_like,
    saturated,
)
from models.diagnostics.health import Health, follows_gradient, layer_health
from models.diagnostics.points import PointsView, points_views
from models.diagnostics.rest import FlatRest, flat_rest, may_leave, solved_since, stands_still
from models.diagnostics.size import relative_sizes
from models.diagnostics.statistics import (
    NORMAL_95,
    born_dead,
    gradient_ratio,
    kept_by_all,
    median_gradient_network,
    plateaus_of,
    quartiles,
    representative_networks,
    saturated_share,
    saturation_slope,
    shrink_per_layer,
    wilson_interval,
)
from models.diagnostics.trend import (
    FADED,
    gradient_trend,
    initial_norm,
    initial_size,
    trend,
)

__all__ = [
    "BLAME_SHARE",
    "CAUSES",
    "DAMAGES",
    "ENOUGH",
    "FADED",
    "FAILURES",
    "FATES",
    "NORMAL_95",
    "WEAKENED",
    "AnswerSlope",
    "ChainFactors",
    "Damage",
    "FlatRest",
    "Health",
    "Multiplied",
    "OpenPaths",
    "PointsView",
    "Standing",
    "WeightChain",
    "answer_off",
    "begin_alike",
    "best",
    "born_dead",
    "chain_factors",
    "damage",
    "failure_cause",
    "fate_counts",
    "fates",
    "flat_rest",
    "follows_gradient",
    "gradient_ratio",
    "gradient_trend",
    "initial_norm",
    "initial_size",
    "is_final",
    "kept_by_all",
    "layer_health",
    "lost_fate",
    "may_leave",
    "median_gradient_network",
    "median_steps",
    "mending",
    "network_like",
    "open_paths",
    "plateaus_of",
    "points_views",
    "quartiles",
    "relative_sizes",
    "remedies",
    "representative_networks",
    "saturated",
    "saturated_share",
    "saturation_slope",
    "shrink_per_layer",
    "solved_since",
    "standing",
    "stands_still",
    "trend",
    "way_back",
    "weight_chain",
    "wilson_interval",
]
