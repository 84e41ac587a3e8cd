"""Devices: what is put to a breast. Tables of a scenario that say what they do as plain numbers.

waveform        the cycle of suction or compression, as six numbers
pump            programmes of suction
hand            compression by hand
nursing_pad     what soaks up leaks
nipple_shield   a teat between nipple and mouth
"""
