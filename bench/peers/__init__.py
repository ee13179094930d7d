"""Contestants that are not ours, and what they are asked to run."""
