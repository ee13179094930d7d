"""How figures get into the documentation."""
