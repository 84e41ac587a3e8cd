"""Calibration: the population fitted to published figures, what they pin down, and what the outputs depend on.

free.py         which numbers are free, and their priors
statistics.py   the model's answer to each published row, for one population
generations.py  a folder of finished generations, safe against being killed
emulator.py     rows as smooth functions of the free numbers
posterior.py    emcee on the synthetic likelihood
fit.py          the loop: propose, simulate, keep, learn
results.py      the result file that ships with the package
leave_out.py    each study predicted by a fit without it
sensitivity.py  Morris and Sobol over the parameters of the body
"""
