"""Sets of clouds that are too large for one process: encoded shard by shard, on all cores or by Ray.

One task is one part of the input and becomes one file of codes, named by a hash of all that decides its
bytes. A file that is there and sound is not made again; a file appears whole or not at all; the manifest
comes last. So every cloud is encoded once, whatever dies on the way and whoever repeats what.
"""
