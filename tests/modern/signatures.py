"""The optimizers of PyTorch and Optax that presets of modern rules stand for.

By rule and library: the optimizer, and our names of its arguments that a preset is compared by.
"""

BETAS = {"b1": "beta1", "b2": "beta2"}
MODERN = {
    ("lion", "optax"): ("lion", BETAS),
    ("novograd", "optax"): ("novograd", {**BETAS, "eps": "eps", "weight_decay": "weight_decay"}),
    ("lamb", "optax"): ("lamb", {**BETAS, "eps": "eps", "weight_decay": "weight_decay"}),
    ("adafactor", "torch"): ("Adafactor", {"lr": "lr", "d": "clip"}),
    ("adafactor", "optax"): (
        "adafactor",
        {
            "min_dim_size_to_factor": "smallest",
            "decay_rate": "decay_power",
            "multiply_by_parameter_scale": "scale_parameter",
            "clipping_threshold": "clip",
            "momentum": "beta1",
        },
    ),
    ("muon", "torch"): (
        "Muon",
        {n: n for n in ("lr", "momentum", "nesterov", "eps", "ns_steps")},
    ),
    ("muon", "optax"): (
        "contrib.muon",
        {"beta": "momentum", "eps": "eps", "nesterov": "nesterov", "ns_steps": "ns_steps"},
    ),
    ("prodigy", "optax"): (
        "contrib.prodigy",
        {
            "learning_rate": "lr",
            "beta3": "beta3",
            "eps": "eps",
            "estim_lr0": "d0",
            "estim_lr_coef": "d_coef",
            "safeguard_warmup": "safeguard_warmup",
        },
    ),
    ("sophia", "optax"): (
        "contrib.sophia",
        {
            **BETAS,
            "eps": "eps",
            "gamma": "gamma",
            "clip_threshold": "clip",
            "update_interval": "every",
        },
    ),
    ("polyak", "optax"): (
        "polyak_sgd",
        {"max_learning_rate": "largest", "scaling": "lr", "f_min": "f_min", "eps": "eps"},
    ),
    ("lookahead", "optax"): ("lookahead", {}),
    ("sam", "optax"): ("contrib.sam", {}),
    ("schedule_free", "optax"): (
        "contrib.schedule_free",
        {"b1": "momentum", "weight_lr_power": "weight_power"},
    ),
}
