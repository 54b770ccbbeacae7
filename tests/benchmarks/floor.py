"""What Streamlit itself takes: four charts of given tables and fifteen widgets, nothing computed.

The load benchmark serves it beside the app: how much more the app takes is what can be gained.
"""

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

CHARTS, WIDGETS = 4, 15


@st.cache_resource
def _table() -> pd.DataFrame:
    return pd.DataFrame({"x": range(200), "y": [place**0.5 for place in range(200)]})


@st.cache_resource
def _line() -> dict[str, Any]:
    x, y = alt.X("x", type="quantitative"), alt.Y("y", type="quantitative")
    spec = alt.Chart(alt.NamedData("table")).mark_line().encode(x=x, y=y).to_dict()
    spec.pop("$schema")
    return spec


st.sidebar.slider("depth", 0, 50, 9, key="depth")
for number in range(WIDGETS - 1):
    st.sidebar.slider(f"control {number}", 0, 50, 9, key=f"control {number}")
for number in range(CHARTS):
    drawn = _line() | {"datasets": {"table": _table()}}
    st.vega_lite_chart(spec=drawn, key=f"chart {number}")
