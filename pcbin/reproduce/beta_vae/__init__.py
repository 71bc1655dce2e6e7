"""Poster A, Beta-regularised variational autoencoders for point clouds: its table and its figures.

A Beta prior with almost all of its mass near 0 and 1 makes the latent of an autoencoder nearly binary;
thresholded, it is a code. Measured are reconstruction, generation from random codes, arithmetic on codes and
interpolation between them.
"""

from pcbin.reproduce.beta_vae.study import reproduce

__all__ = ["reproduce"]
