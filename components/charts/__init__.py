"""The charts: ``frames`` turns histories into tidy tables, ``chart`` says once how they are drawn.

A chart names its tables instead of holding them, so that it is built once per ``Style`` and fresh
data is sent to it without a flicker.
"""
