"""Nursing pads: what soaks up leaked milk before it reaches the clothes.

Context of use: the capacity is that of a round two-layer cotton pad of 12 cm, scaled from one hobby test of
flannel (15 g on 10 x 10 cm); less under the pressure of clothes. A plastic liner keeps clothes dry and skin
wet.
"""

from pydantic import Field

from letdown._table import Table, unit

__all__ = ["NursingPad"]


class NursingPad(Table):
    """A pad worn over one nipple."""

    capacity_ml: float = Field(
        17.0, ge=1.0, le=150.0, json_schema_extra=unit("mL"), description="milk held before the pad drips"
    )
    plastic_liner: bool = Field(False, description="a waterproof layer: dry clothes, but the skin stays wet")
