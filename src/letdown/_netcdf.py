"""netCDF-4 files of named columns, written and read directly: xarray takes half a second to import.

What is written is what `xarray.Dataset.to_netcdf` writes, so xarray and every other reader of netCDF can open it. Each
array has the checksum of HDF5 (`fletcher32`), and the whole file has a SHA-256 over all values and labels, because
HDF5 sums neither scalars nor texts nor attributes. Reading verifies it; files without one are read unverified.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["DIGEST", "Column", "read_attributes", "read_columns", "refuse_size", "write_columns"]

DIGEST = "content_sha256"
"""The global attribute that holds the checksum of the file."""

NOT_DIGESTED = ("_FillValue", "coordinates", "history")
"""Attributes that other programs add or extend when they copy a file; they hold no results."""

MOST_PACKED, LEAST_REFUSED = 1100, 64 * 2**20
"""zlib packs at most 1032 to 1: larger arrays in a small file are damage, unless they take less than 64 MiB."""


class Column(NamedTuple):
    """A variable: its dimensions, its values (texts as objects) and its attributes, as xarray takes them."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attributes: dict[str, Any]


def write_columns(path: Path, columns: Mapping[str, Column], attributes: Mapping[str, Any]) -> None:
    """Write columns and global attributes, and the checksum of both.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    import netCDF4

    try:
        with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
            file.setncatts({**attributes, DIGEST: _digest(columns, attributes)})
            for column in columns.values():
                for name, size in zip(column.dims, column.values.shape, strict=True):
                    if name not in file.dimensions:
                        file.createDimension(name, size)
            for name, column in columns.items():
                _write(file, name, column)
    except RuntimeError as error:  # what the HDF5 library says of a full disk
        raise OSError(str(error)) from error


def _write(file: Any, name: str, column: Column) -> None:
    is_text = column.values.dtype == object
    options: dict[str, Any] = {"fletcher32": True} if column.dims else {}
    if column.dims and not is_text and column.dims != (name,):
        options |= {"compression": "zlib", "complevel": 4, "shuffle": True}
    missing = np.nan if column.values.dtype.kind == "f" else None
    kind: Any = str if is_text else column.values.dtype
    variable = file.createVariable(name, kind, column.dims, fill_value=missing, **options)
    variable.setncatts(column.attributes)
    variable[...] = column.values if column.dims or not is_text else column.values.item()


def read_columns(path: Path) -> tuple[dict[str, Column], dict[str, Any]]:
    """Return the columns and the global attributes of a file, without its checksum.

    Raises
    ------
    OSError
        If there is no such file, it cannot be read as netCDF, or its values are not those that were written.
    """
    import netCDF4

    try:
        with netCDF4.Dataset(path) as file:
            file.set_auto_maskandscale(False)
            _refuse_sizes(file, path.stat().st_size)
            columns = {name: _column(name, variable) for name, variable in file.variables.items()}
            attributes = {name: file.getncattr(name) for name in file.ncattrs()}
    except FileNotFoundError:
        raise
    except Exception as error:  # a damaged file makes the library raise almost anything, MemoryError too
        raise OSError(str(error) or type(error).__name__) from error
    written = attributes.pop(DIGEST, None)
    if written is not None and written != _digest(columns, attributes):
        raise OSError("its checksum does not agree with its contents")
    return columns, attributes


def read_attributes(path: Path) -> dict[str, Any]:
    """Return the global attributes of a file, unverified: enough to tell what kind of file it is.

    Raises
    ------
    OSError
        If the file cannot be read as netCDF.
    """
    import netCDF4

    try:
        with netCDF4.Dataset(path) as file:
            return {name: file.getncattr(name) for name in file.ncattrs()}
    except Exception as error:  # as above
        raise OSError(str(error) or type(error).__name__) from error


def _refuse_sizes(file: Any, on_disk: int) -> None:
    """Refuse arrays that a file of this size cannot hold, before they are allocated."""
    held = 0
    for name, variable in file.variables.items():
        kind: Any = variable.dtype
        if kind is not str and not (isinstance(kind, np.dtype) and kind.kind in "iuf"):
            raise OSError(f"the variable {name[:60]!r} holds neither numbers nor texts")
        held += math.prod(variable.shape) * (16 if kind is str else np.dtype(kind).itemsize)
    refuse_size(held, on_disk)


def refuse_size(held: int, on_disk: int) -> None:
    """Refuse arrays of `held` bytes in a file of `on_disk` bytes if it cannot hold so much. Raises OSError."""
    if held > max(MOST_PACKED * on_disk, LEAST_REFUSED):
        raise OSError(f"its arrays would take {held} bytes, more than a file of {on_disk} bytes can hold")


def _column(name: str, variable: Any) -> Column:
    kind = object if variable.dtype is str else None
    labels = {key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"}
    return Column(variable.dimensions, np.asarray(variable[...], dtype=kind), labels)


def _digest(columns: Mapping[str, Column], attributes: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything that is written, whatever the order and the packing."""
    held = hashlib.sha256(_labels(attributes))
    for name in sorted(columns):
        dims, values, labels = columns[name]
        held.update(json.dumps([name, list(dims), list(values.shape)]).encode() + _labels(labels))
        if values.dtype == object:
            held.update(json.dumps([str(text) for text in values.ravel().tolist()]).encode())
        else:  # the widest of a kind: copies by other programs may change the width
            held.update(np.ascontiguousarray(values, dtype=f"<{values.dtype.kind}8").tobytes())
    return held.hexdigest()


def _labels(attributes: Mapping[str, Any]) -> bytes:
    """Return attributes as bytes; a number and an array of one number are one thing in netCDF."""
    plain = {
        name: [part if isinstance(part, str) else repr(part) for part in np.ravel(np.asarray(value)).tolist()]
        for name, value in attributes.items()
        if name not in NOT_DIGESTED
    }
    return json.dumps(plain, sort_keys=True).encode()
