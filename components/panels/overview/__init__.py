"""The charts of the first screen: the activation, the loss, the gradient that reaches each layer.

Each is as high as its place lets it be, and has a caption led by the one thing to see; the rest
stands behind a sign beside its title.
"""
