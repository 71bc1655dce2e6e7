"""Clusters without labels, from who is whose neighbour: `[neighbourhood]` in a recipe guides training by
them.

Features of the training set (`features`), the graph of the nearest neighbours (`graph`), its clusters
(`spectral`), and all of it for a recipe (`labels`).
"""
