"""Cell codes: which cells of a grid an object occupies, coarse to fine, and where points lie in them.

A second kind of code, beside those of an encoder and a decoder network: of variable length, for any object.
Its bits are found and read in whole numbers only; a floating-point network places the points afterwards.
"""
