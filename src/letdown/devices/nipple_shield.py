"""Nipple shields: a thin teat between nipple and mouth or pump.

Context of use: direction only. That shields weaken the stimulus and the suction that reach the nipple is
published; the three numbers here are assumptions.
"""

from pydantic import Field

from letdown._table import Table, unit

__all__ = ["NippleShield"]


class NippleShield(Table):
    """A shield worn on one breast."""

    resistance_factor: float = Field(
        1.3,
        ge=1.0,
        le=5.0,
        json_schema_extra=unit("1"),
        description="resistance to flow, relative to no shield",
    )
    suction_loss: float = Field(
        0.1,
        ge=0.0,
        le=0.95,
        json_schema_extra=unit("1"),
        description="share of the suction lost across the shield",
    )
    stimulus_loss: float = Field(
        0.2,
        ge=0.0,
        le=0.95,
        json_schema_extra=unit("1"),
        description="share of the stimulus that the nipple misses",
    )
