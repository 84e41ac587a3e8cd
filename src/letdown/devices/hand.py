"""The hand: rhythmic compression behind the nipple.

    compression(t) = peak * level(rate * t),   level: a smooth symmetrical swing

Compression adds to the pressure in the ducts under the areola; it makes no suction. Context of use: no force
or pressure of hand expression in women was found, so the usual values are assumptions of order.
"""

from pydantic import Field

from letdown._table import Table, unit
from letdown.devices.waveform import RaisedCosine, Waveform

__all__ = ["AbstractHand"]


class AbstractHand(Table):
    """Abstract base of a step that compresses the breast by hand."""

    rate_per_min: float = Field(
        45.0, ge=5.0, le=120.0, json_schema_extra=unit("1/min"), description="compressions a minute"
    )
    compression_mmhg: float = Field(
        80.0,
        ge=0.0,
        le=200.0,
        json_schema_extra=unit("mmHg"),
        description="peak pressure added behind the nipple",
    )

    def waveform(self) -> Waveform:
        """Return one cycle of compression."""
        return RaisedCosine().waveform()
