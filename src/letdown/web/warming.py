"""Compiles the model in the background while the page opens."""

import time
from threading import Event, Thread
from typing import final

__all__ = ["Warming"]


@final
class Warming:
    """One feed and one day are simulated once, so that the compiled code is there when the page asks."""

    def __init__(self) -> None:
        self.feeds, self.lives = Event(), Event()
        self.failure = ""
        self.began_s = time.monotonic()

    def start(self) -> None:
        """Begin in a thread of its own."""
        Thread(target=self._warm, name="letdown-warming", daemon=True).start()

    def _warm(self) -> None:
        from letdown.protocol.scenario import preset
        from letdown.simulate_lactation import simulate_lactation
        from letdown.web.feeds import recorded

        try:
            recorded(preset("breastfeed"), 0)
            self.feeds.set()
            simulate_lactation("demand-feeding", days=1)
            self.lives.set()
        except Exception as error:  # shown on the page: the thread has nobody to raise it to
            self.failure = f"The model cannot be compiled ({type(error).__name__}: {error}); install letdown again."

    def state(self) -> dict[str, object]:
        """Return what the page says meanwhile."""
        if self.failure:
            text = self.failure
        elif self.feeds.is_set():
            text = "Ready."
        else:
            text = "Compiling the model, about a minute the first time."
        return {
            "ready": self.feeds.is_set(),
            "lives_ready": self.lives.is_set(),
            "failed": bool(self.failure),
            "text": text,
            "seconds": round(time.monotonic() - self.began_s, 1),
        }
