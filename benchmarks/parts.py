"""The comparisons by name."""

from __future__ import annotations

from importlib import import_module

from .table import Row

PART = {
    "legs": "legs",
    "starts": "starts",
    "basins": "basins",
    "animation": "animation",
    "startup": "startup",
    "fused": "fused",
    "muon": "muon",
    "modern": "modern",
    "optax": "optax_step",
    "state": "pytorch_state",
}


def measured(name: str) -> list[Row]:
    return import_module(f"benchmarks.{PART[name]}").rows()
