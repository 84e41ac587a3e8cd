"""A simulator of the milk-ejection (let-down) reflex, for research, design and teaching.

import letdown
recording = letdown.simulate("breastfeed", seed=1)
recording.summary()["let_downs"]

"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the same names for type checkers and editors
    from letdown._errors import LetdownError as LetdownError
    from letdown._errors import OutputError as OutputError
    from letdown._errors import ParameterError as ParameterError
    from letdown._errors import RecordingError as RecordingError
    from letdown._errors import ScenarioError as ScenarioError
    from letdown._errors import SimulationError as SimulationError
    from letdown._errors import UnitError as UnitError
    from letdown._version import __version__ as __version__
    from letdown.devices.pump import ConstantSuction as ConstantSuction
    from letdown.devices.pump import PumpPhase as PumpPhase
    from letdown.devices.pump import PumpProgramme as PumpProgramme
    from letdown.devices.pump import TwoPhase as TwoPhase
    from letdown.engine.burst_source import SurrogateNeurones as SurrogateNeurones
    from letdown.engine.network.feed_source import SpikingNeurones as SpikingNeurones
    from letdown.lactation import Lactation as Lactation
    from letdown.measures import MEASURES as MEASURES
    from letdown.measures import differences as differences
    from letdown.measures import quartiles as quartiles
    from letdown.opening import open as open
    from letdown.parameter_table import parameter_rows as parameter_rows
    from letdown.plot import plot_feed as plot_feed
    from letdown.protocol.lactation import LactationScenario as LactationScenario
    from letdown.protocol.lactation import lactation_presets as lactation_presets
    from letdown.protocol.lactation import load_lactation as load_lactation
    from letdown.protocol.scenario import Scenario as Scenario
    from letdown.protocol.scenario import load_scenario as load_scenario
    from letdown.protocol.scenario import preset as preset
    from letdown.protocol.scenario import presets as presets
    from letdown.protocol.scenario import scenario_schema as scenario_schema
    from letdown.recording import VARIABLES as VARIABLES
    from letdown.recording import Recording as Recording
    from letdown.references import bibtex as bibtex
    from letdown.report import FeedSummary as FeedSummary
    from letdown.report import feed_schema as feed_schema
    from letdown.simulate import simulate as simulate
    from letdown.simulate import simulate_cohort as simulate_cohort
    from letdown.simulate_lactation import simulate_lactation as simulate_lactation
    from letdown.simulate_lactation import simulate_lactation_cohort as simulate_lactation_cohort
    from letdown.simulate_neurones import simulate_neurones as simulate_neurones
    from letdown.spike_recording import SpikeRecording as SpikeRecording

# The contents page: every public name, where it lives, grouped by what one does with it.
_CONTENTS: dict[str, dict[str, str]] = {
    "Simulate": {
        "simulate": "letdown.simulate",
        "simulate_cohort": "letdown.simulate",
        "simulate_neurones": "letdown.simulate_neurones",
        "simulate_lactation": "letdown.simulate_lactation",
        "simulate_lactation_cohort": "letdown.simulate_lactation",
    },
    "Say what happens": {
        "Scenario": "letdown.protocol.scenario",
        "load_scenario": "letdown.protocol.scenario",
        "preset": "letdown.protocol.scenario",
        "presets": "letdown.protocol.scenario",
        "scenario_schema": "letdown.protocol.scenario",
        "LactationScenario": "letdown.protocol.lactation",
        "load_lactation": "letdown.protocol.lactation",
        "lactation_presets": "letdown.protocol.lactation",
    },
    "Pump programmes": {
        "PumpProgramme": "letdown.devices.pump",
        "PumpPhase": "letdown.devices.pump",
        "TwoPhase": "letdown.devices.pump",
        "ConstantSuction": "letdown.devices.pump",
    },
    "Neurones": {
        "SurrogateNeurones": "letdown.engine.burst_source",
        "SpikingNeurones": "letdown.engine.network.feed_source",
    },
    "Read the result": {
        "Recording": "letdown.recording",
        "SpikeRecording": "letdown.spike_recording",
        "open": "letdown.opening",
        "Lactation": "letdown.lactation",
        "VARIABLES": "letdown.recording",
        "FeedSummary": "letdown.report",
        "feed_schema": "letdown.report",
        "plot_feed": "letdown.plot",
        "MEASURES": "letdown.measures",
        "quartiles": "letdown.measures",
        "differences": "letdown.measures",
    },
    "See what it rests on": {
        "parameter_rows": "letdown.parameter_table",
        "bibtex": "letdown.references",
        "__version__": "letdown._version",
    },
    "Errors": {
        "LetdownError": "letdown._errors",
        "ScenarioError": "letdown._errors",
        "ParameterError": "letdown._errors",
        "UnitError": "letdown._errors",
        "OutputError": "letdown._errors",
        "RecordingError": "letdown._errors",
        "SimulationError": "letdown._errors",
    },
}

_HOME = {name: home for group in _CONTENTS.values() for name, home in group.items()}

__all__ = list(_HOME)

__doc__ += "\n".join(f"{group}: {', '.join(names)}." for group, names in _CONTENTS.items())


class _ContentsPage(ModuleType):
    """The package: a public name is imported when first asked for, so that `import letdown` costs nothing."""

    def __getattr__(self, name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module 'letdown' has no attribute {name!r}; it has {', '.join(_HOME)}")
        value = getattr(import_module(_HOME[name]), name)
        setattr(self, name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        # Importing the module letdown.simulate binds it here by its name, which is the function's.
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        # The submodules already imported and what this file itself imports are not meant for users.
        return sorted({*(name for name in super().__dir__() if name.startswith("__")), *_HOME})


sys.modules[__name__].__class__ = _ContentsPage
