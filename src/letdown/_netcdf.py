"""netCDF-4 files of named columns, written and read directly: xarray takes half a second to import.

What is written is what `xarray.Dataset.to_netcdf` writes, so xarray and every other reader of netCDF can open it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Column", "read_columns", "write_columns"]


class Column(NamedTuple):
    """A variable: its dimensions, its values (texts as objects) and its attributes, as xarray takes them."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attributes: dict[str, Any]


def write_columns(path: Path, columns: Mapping[str, Column], attributes: Mapping[str, Any], *, long: str) -> None:
    """Write columns and global attributes; those along the dimension `long` are compressed.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    import netCDF4

    packed: dict[str, Any] = {"compression": "zlib", "complevel": 4, "shuffle": True}
    try:
        with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
            file.setncatts(dict(attributes))
            for column in columns.values():
                for name, size in zip(column.dims, column.values.shape, strict=True):
                    if name not in file.dimensions:
                        file.createDimension(name, size)
            for name, column in columns.items():
                is_text = column.values.dtype == object
                options = packed if long in column.dims and name != long else {}
                missing = np.nan if column.values.dtype.kind == "f" else None
                kind: Any = str if is_text else column.values.dtype
                variable = file.createVariable(name, kind, column.dims, fill_value=missing, **options)
                variable.setncatts(column.attributes)
                variable[...] = column.values if column.dims or not is_text else column.values.item()
    except RuntimeError as error:  # what the HDF5 library says of a full disk
        raise OSError(str(error)) from error


def read_columns(path: Path) -> tuple[dict[str, Column], dict[str, Any]]:
    """Return the columns and the global attributes of a file.

    Raises
    ------
    OSError
        If there is no such file, or it cannot be read as netCDF.
    """
    import netCDF4

    try:
        with netCDF4.Dataset(path) as file:
            file.set_auto_maskandscale(False)
            columns = {}
            for name, variable in file.variables.items():
                kind = object if variable.dtype is str else None
                labels = {key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"}
                columns[name] = Column(variable.dimensions, np.asarray(variable[...], dtype=kind), labels)
            return columns, {key: file.getncattr(key) for key in file.ncattrs()}
    except (RuntimeError, ValueError, AttributeError, IndexError, UnicodeError) as error:  # a damaged file
        raise OSError(str(error)) from error
