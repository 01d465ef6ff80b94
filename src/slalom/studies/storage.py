"""Labelled data in files: NetCDF or Zarr, without loss."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import xarray as xr

from .. import atomic
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
    atomic.check_writable(path)
    if kind == ".nc":
        atomic.write(path, _netcdf(data))
    else:
        atomic.write_folder(path, _zarr(data))


def _netcdf(data: xr.Dataset) -> memoryview:
    """The bytes of a file: HDF5 crashes where it cannot write what it has in memory to a disk."""
    import h5netcdf
    from xarray.backends import H5NetCDFStore

    made = io.BytesIO()
    with h5netcdf.File(made, "w") as file:
        data.dump_to_store(H5NetCDFStore(file))
    return made.getbuffer()


def _zarr(data: xr.Dataset) -> dict[str, bytes]:
    """The files of a store, by their paths: Zarr itself would make a folder that was taken away."""
    from zarr.storage import MemoryStore

    made = {}
    with warnings.catch_warnings():
        # Zarr 3 has no final specification of text arrays yet, and says so each time
        warnings.simplefilter("ignore")
        data.to_zarr(MemoryStore(made), consolidated=False)
    return {name: content.to_bytes() for name, content in made.items()}


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
        data = _read_netcdf(path) if kind == ".nc" else atomic.read_folder(path, _read_zarr)
    except (OSError, ValueError, KeyError) as error:
        raise SlalomError(f"{path} cannot be read: {error}") from error
    for name, variable in data.variables.items():
        variable.encoding.clear()
        if variable.dtype.kind in "OT":  # texts come back as objects
            data[name] = variable.astype(str)
    # numbers and lists come back as NumPy's
    data.attrs = {k: v.tolist() if hasattr(v, "tolist") else v for k, v in data.attrs.items()}
    return data


def _read_netcdf(path: Path) -> xr.Dataset:
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        return opened.load()


def _read_zarr(path: Path) -> xr.Dataset:
    with xr.open_zarr(path, consolidated=False) as opened:
        return opened.load()
