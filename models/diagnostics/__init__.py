"""Figures read off a finished run, one module a subject.

``statistics`` and ``fates`` of many networks, the ``remedies`` that follow from them, what a
``family`` of runs is compared by; in one network, the ``chain`` rule, the ``health`` of its layers,
and the four ``points`` as its layers see them.
"""

from models.diagnostics.chain import (
    BLAME_SHARE,
    FADED,
    WEAKENED,
    ChainFactors,
    Damage,
    OpenPaths,
    WeightChain,
    begin_alike,
    chain_factors,
    damage,
    open_paths,
    weight_chain,
)
from models.diagnostics.family import Standing, best, median_steps, standing
from models.diagnostics.fates import FATES, fate_counts, fates, network_like
from models.diagnostics.health import Health, layer_health
from models.diagnostics.points import PointsView, points_views
from models.diagnostics.remedies import ENOUGH, FAILURES, failure_cause, remedies
from models.diagnostics.rest import FlatRest, flat_rest
from models.diagnostics.statistics import (
    NORMAL_95,
    born_dead,
    dead_points,
    gradient_ratio,
    kept_by_all,
    plateaus_of,
    quartiles,
    representative_networks,
    saturated_share,
    saturation_slope,
    shrink_per_layer,
    wilson_interval,
)

__all__ = [
    "BLAME_SHARE",
    "ENOUGH",
    "FADED",
    "FAILURES",
    "FATES",
    "NORMAL_95",
    "WEAKENED",
    "ChainFactors",
    "Damage",
    "FlatRest",
    "Health",
    "OpenPaths",
    "PointsView",
    "Standing",
    "WeightChain",
    "begin_alike",
    "best",
    "born_dead",
    "chain_factors",
    "damage",
    "dead_points",
    "failure_cause",
    "fate_counts",
    "fates",
    "flat_rest",
    "gradient_ratio",
    "kept_by_all",
    "layer_health",
    "median_steps",
    "network_like",
    "open_paths",
    "plateaus_of",
    "points_views",
    "quartiles",
    "remedies",
    "representative_networks",
    "saturated_share",
    "saturation_slope",
    "shrink_per_layer",
    "standing",
    "weight_chain",
    "wilson_interval",
]
