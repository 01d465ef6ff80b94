"""The devices that JAX runs on."""

from __future__ import annotations

from .errors import SlalomError, clip


def check_devices() -> None:
    """Raise unless JAX has a device to run on.

    Raises:
        SlalomError: it has none of the platforms that the environment names.
    """
    import jax

    try:
        jax.devices()
    except (AssertionError, RuntimeError):  # which of the two depends on the platform
        named = clip(getattr(jax.config, "jax_platforms", None) or "")
        raise SlalomError(
            f"JAX finds no device of JAX_PLATFORMS={named}; JAX_PLATFORMS=cpu is always there"
        ) from None
