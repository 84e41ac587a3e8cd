"""Every parameter of the instruments by its path, "instrument.field"."""

from typing import Any

from letdown._parameter import Parameters
from letdown.body.registry import rows_of
from letdown.instruments.balance import BalanceParameters
from letdown.instruments.blood_draws import BloodDrawsParameters
from letdown.instruments.breast_volume import BreastVolumeParameters
from letdown.instruments.duct_response_detector import DuctResponseDetectorParameters
from letdown.instruments.hourly_expression import HourlyExpressionParameters
from letdown.instruments.infant_weighing import InfantWeighingParameters
from letdown.instruments.let_down_detector import LetDownDetectorParameters
from letdown.instruments.sensation_report import SensationReportParameters
from letdown.instruments.tocograph import TocographParameters
from letdown.instruments.ultrasound import DuctUltrasoundParameters

__all__ = ["instrument_classes", "instrument_parameter_rows"]


def instrument_classes() -> dict[str, type[Parameters]]:
    """Return name -> parameter class of each instrument and of both detectors."""
    return {
        "balance": BalanceParameters,
        "duct_ultrasound": DuctUltrasoundParameters,
        "blood_draws": BloodDrawsParameters,
        "infant_weighing": InfantWeighingParameters,
        "breast_volume": BreastVolumeParameters,
        "hourly_expression": HourlyExpressionParameters,
        "tocograph": TocographParameters,
        "sensation_report": SensationReportParameters,
        "let_down_detector": LetDownDetectorParameters,
        "duct_response_detector": DuctResponseDetectorParameters,
    }


def instrument_parameter_rows() -> list[dict[str, Any]]:
    """Return one row a parameter of the instruments, as `letdown.body.registry.parameter_rows`."""
    return rows_of(instrument_classes())
