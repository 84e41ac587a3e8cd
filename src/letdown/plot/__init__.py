"""Figures: functions that draw a recording and return the matplotlib figure.

One house style (`house.mplstyle`), sizes in mm, colours that a colour-blind reader can tell apart; the two
breasts also differ by dash.
"""

from letdown.plot.feed import plot_feed
from letdown.plot.house import save_figure
from letdown.plot.spikes import plot_spikes

__all__ = ["plot_feed", "plot_spikes", "save_figure"]
