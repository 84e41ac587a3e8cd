"""Figures: functions that draw a recording and return the matplotlib figure.

One house style (`house.mplstyle`), sizes in mm, colours that a colour-blind reader can tell apart; the two
breasts also differ by dash.
"""

from letdown._own_process import spare_matplotlib

spare_matplotlib()  # before the modules below import matplotlib

from letdown.plot.feed import plot_feed  # noqa: E402
from letdown.plot.house import save_figure  # noqa: E402
from letdown.plot.spikes import plot_spikes  # noqa: E402

__all__ = ["plot_feed", "plot_spikes", "save_figure"]
