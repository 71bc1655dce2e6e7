"""New codes from known ones: drawn from a prior, on the way from one to another, or by arithmetic.

`generate`, `interpolate` and `arithmetic` are the functions; what they decode to is for the codec.
"""
