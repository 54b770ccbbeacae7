"""The charts: ``frames`` turns histories into tidy tables, ``chart`` says once how they are drawn.

A chart names its tables instead of holding them, so that it is built once per ``Style`` and fresh
data is sent to it without a flicker.
"""

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa


def arrow(frames: Mapping[str, pd.DataFrame]) -> dict[str, pa.Table]:
    """Tables by name, as they travel to the browser.

    Streamlit's own conversion asks pandas for every column's metadata: 40 ms for the 400 columns of
    the gradient chart, four times this function's.
    """
    return {
        table: pa.table({name: column.to_numpy() for name, column in frame.items()})
        for table, frame in frames.items()
    }
