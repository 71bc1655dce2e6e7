"""Three studies, from data to a page of tables and figures: the two posters that pcbin is built on, and what
goes beyond the second. `pcbin reproduce` runs them.

==========  ==================  =====================================================================
command     package             what is compared
==========  ==================  =====================================================================
poster-a    `beta_vae`          point clouds: an autoencoder, and variational ones whose latent is
                                normal, or Beta and so nearly binary that it can be stored as bits
poster-b    `vab`               images: clusters found in binary codes whose prior is a Bernoulli
                                mixture, in the floats of VaDE, and in raw pixels
beyond-b    `neighbourhoods`    the same from codes whose training is guided by who is whose neighbour
==========  ==================  =====================================================================

`clustering` is what the last two share; `runs`, `about` and `page` serve all. Each study is resumable (its
folder keeps trained runs and measured results) and ends in one self-contained HTML page, with the same as
PNG, CSV and JSON beside it. Needs the extras train and viz.

Pictures, here and in benchmarks and docs, are made by `draw` (clouds and images) and `charts`, in one
`style`. `pcbin reproduce redraw` makes a page again from what it has kept.
"""
