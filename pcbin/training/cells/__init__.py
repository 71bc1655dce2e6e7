"""How the two networks of cell codes learn: the contexts' probabilities, and where points lie in cells."""
