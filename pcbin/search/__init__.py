"""Search on codes: near codes, all near pairs, and shapes that are copies of one another."""
