"""Months of many dyads: the coarse clock between feeds, and every feed run by the reflex."""
