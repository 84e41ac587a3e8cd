"""The oxytocin neurones spike by spike: two published cells, dendritic release, secretion, analysis of bursts.

Equations only; `letdown.engine.network` runs them and `letdown.simulate_neurones` is the verb.
"""
