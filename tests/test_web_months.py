"""The months of the explorer: sessions counted as the command counts them."""

import itertools

import pytest

from letdown.simulate_lactation import simulate_lactation
from letdown.web.jobs import _sessions


def test_months_count_sessions_as_zoom_does_across_midnight():
    """Among such twins some wait for the other past midnight, at the end of the last day too."""
    for seed, count in itertools.product(range(8), (4, 7)):
        lactation = simulate_lactation("twins", days=count, seed=seed)
        days = _sessions(lactation, count)
        if days[-1][-1]["hour"] > 24.0:
            break
    else:
        pytest.fail("none of the twins began after midnight")
    assert [[s["feed"] for s in day] for day in days] == [list(range(1, len(day) + 1)) for day in days]
    assert sum(map(len, days)) == lactation.data.sizes["session"]
