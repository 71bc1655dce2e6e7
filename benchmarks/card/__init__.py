"""What `benchmarks/zoo.py` is made of: the figures and the picture of a model's card."""
