"""Labelled data in files: NetCDF or Zarr, without loss."""

from __future__ import annotations

import warnings
from pathlib import Path

import xarray as xr

from ..atomic import replacing
from ..errors import SlalomError

KINDS = (".nc", ".zarr")


def save(data: xr.Dataset, path: str | Path) -> None:
    """Write a dataset to `path`, whose ending tells the format.

    Raises:
        SlalomError: another ending than .nc or .zarr, or a place that cannot be written to.
    """
    kind = Path(path).suffix
    if kind not in KINDS:
        raise SlalomError(f"a file of data must end in {' or '.join(KINDS)}, got {str(path)!r}")
    with replacing(path) as made, warnings.catch_warnings():
        if kind == ".nc":
            data.to_netcdf(made, engine="h5netcdf")
        else:
            # Zarr 3 has no final specification of text arrays yet, and says so each time
            warnings.simplefilter("ignore")
            data.to_zarr(made, consolidated=False)


def load(path: str | Path) -> xr.Dataset:
    """The dataset that `save` wrote to `path`, all of it in memory.

    Raises:
        SlalomError: there is no such file, or it holds no such data.
    """
    kind, path = Path(path).suffix, Path(path)
    if kind not in KINDS:
        raise SlalomError(f"a file of data must end in {' or '.join(KINDS)}, got {str(path)!r}")
    if not path.exists():
        raise SlalomError(f"no such file: {path}")
    try:
        if kind == ".nc":
            with xr.open_dataset(path, engine="h5netcdf") as opened:
                data = opened.load()
        else:
            with xr.open_zarr(path, consolidated=False) as opened:
                data = opened.load()
    except (OSError, ValueError, KeyError) as error:
        raise SlalomError(f"{path} cannot be read: {error}") from error
    for name, variable in data.variables.items():
        variable.encoding.clear()
        if variable.dtype.kind in "OT":  # texts come back as objects
            data[name] = variable.astype(str)
    # numbers and lists come back as NumPy's
    data.attrs = {k: v.tolist() if hasattr(v, "tolist") else v for k, v in data.attrs.items()}
    return data
