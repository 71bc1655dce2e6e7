"""What the studies of clustered images share.

A trial is one system of one size, trained from one seed (`trials`). It is measured once (`measure`), if its
latent is binary by what a consumer has: a file of codes and a mixture (`consumer`). `summary` is over the
seeds; `figures` and `sections` are for the pages.
"""
