"""`[neighbourhood]` in a recipe: training guided by clusters of the training set's neighbourhood graph, which
are found without labels.

Features of the training set (`features`), the graph of the nearest neighbours (`graph`), its clusters
(`spectral`), and all of it for a recipe (`pseudo_labels`).
"""
