"""Every preset, and more settings of it, beside the same optimizer in the library itself."""

import optax

TORCH = [
    ("gradient_descent@torch", "SGD", {}),
    ("sgd@torch", "SGD", {}),
    ("sgd@torch(momentum=0.9)", "SGD", {"momentum": 0.9}),
    ("sgd@torch(momentum=0.9, nesterov=true)", "SGD", {"momentum": 0.9, "nesterov": True}),
    ("momentum@torch", "SGD", {"momentum": 0.9}),
    (
        "momentum@torch(lr=0.01, momentum=0.8, dampening=0.3)",
        "SGD",
        {"lr": 0.01, "momentum": 0.8, "dampening": 0.3},
    ),
    ("nesterov@torch", "SGD", {"momentum": 0.9, "nesterov": True}),
    ("nag@torch(momentum=0.5)", "SGD", {"momentum": 0.5, "nesterov": True}),
    ("adagrad@torch", "Adagrad", {}),
    (
        "adagrad@torch(lr=0.1, lr_decay=0.05, initial_accumulator_value=0.1)",
        "Adagrad",
        {"lr": 0.1, "lr_decay": 0.05, "initial_accumulator_value": 0.1},
    ),
    ("rmsprop@torch", "RMSprop", {}),
    ("rmsprop@torch(momentum=0.9)", "RMSprop", {"momentum": 0.9}),
    ("rmsprop@torch(centered=true)", "RMSprop", {"centered": True}),
    (
        "rmsprop@torch(momentum=0.9, centered=true)",
        "RMSprop",
        {"momentum": 0.9, "centered": True},
    ),
    ("adadelta@torch", "Adadelta", {}),
    ("adadelta@torch(lr=0.3, decay=0.95)", "Adadelta", {"lr": 0.3, "rho": 0.95}),
    ("adam@torch", "Adam", {}),
    ("adam@torch(lr=0.1, beta1=0.8, beta2=0.95)", "Adam", {"lr": 0.1, "betas": (0.8, 0.95)}),
    ("adam@torch(amsgrad=true)", "Adam", {"amsgrad": True}),
    ("amsgrad@torch(beta2=0.9)", "Adam", {"amsgrad": True, "betas": (0.9, 0.9)}),
    ("adamw@torch", "AdamW", {}),
    (
        "adamw@torch(lr=0.1, beta1=0.8, beta2=0.95, weight_decay=0.3, amsgrad=true)",
        "AdamW",
        {"lr": 0.1, "betas": (0.8, 0.95), "weight_decay": 0.3, "amsgrad": True},
    ),
    ("adamax@torch", "Adamax", {}),
    ("adamax@torch(lr=0.1, beta1=0.8, beta2=0.9)", "Adamax", {"lr": 0.1, "betas": (0.8, 0.9)}),
    ("nadam@torch", "NAdam", {}),
    (
        "nadam@torch(lr=0.1, beta1=0.8, beta2=0.95, momentum_decay=0.1)",
        "NAdam",
        {"lr": 0.1, "betas": (0.8, 0.95), "momentum_decay": 0.1},
    ),
    ("radam@torch", "RAdam", {}),
    ("radam@torch(lr=0.1, beta1=0.8, beta2=0.95)", "RAdam", {"lr": 0.1, "betas": (0.8, 0.95)}),
    ("weight_decay@torch(0.1) | adam@torch", "Adam", {"weight_decay": 0.1}),
    (
        "weight_decay@torch(0.1) | nesterov@torch",
        "SGD",
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    ("weight_decay@torch(0.1) | rmsprop@torch", "RMSprop", {"weight_decay": 0.1}),
    (
        "weight_decay(0.1, decoupled=true) | nadam@torch",
        "NAdam",
        {"weight_decay": 0.1, "decoupled_weight_decay": True},
    ),
]

KERAS = [
    ("gradient_descent@keras", "SGD", {}),
    ("sgd@keras(momentum=0.9)", "SGD", {"momentum": 0.9}),
    ("sgd@keras(momentum=0.9, nesterov=true)", "SGD", {"momentum": 0.9, "nesterov": True}),
    ("momentum@keras", "SGD", {"momentum": 0.9}),
    ("nesterov@keras", "SGD", {"momentum": 0.9, "nesterov": True}),
    ("nag@keras(momentum=0.5)", "SGD", {"momentum": 0.5, "nesterov": True}),
    ("adagrad@keras", "Adagrad", {}),
    ("rmsprop@keras", "RMSprop", {}),
    (
        "rmsprop@keras(decay=0.95, momentum=0.9, centered=true)",
        "RMSprop",
        {"rho": 0.95, "momentum": 0.9, "centered": True},
    ),
    ("adadelta@keras", "Adadelta", {}),
    ("adam@keras", "Adam", {}),
    ("adam@keras(beta1=0.8, beta2=0.95)", "Adam", {"beta_1": 0.8, "beta_2": 0.95}),
    ("adam@keras(beta2=0.9, amsgrad=true)", "Adam", {"beta_2": 0.9, "amsgrad": True}),
    ("amsgrad@keras", "Adam", {"amsgrad": True}),
    ("adamw@keras", "AdamW", {}),
    ("adamw@keras(amsgrad=true)", "AdamW", {"amsgrad": True}),
    ("adamax@keras", "Adamax", {}),
    ("nadam@keras", "Nadam", {}),
    ("nadam@keras(beta1=0.8, beta2=0.95)", "Nadam", {"beta_1": 0.8, "beta_2": 0.95}),
    ("lion@keras", "Lion", {}),
    ("lion@keras(beta1=0.8, beta2=0.95)", "Lion", {"beta_1": 0.8, "beta_2": 0.95}),
    ("weight_decay@keras(0.1) | adam@keras", "Adam", {"weight_decay": 0.1}),
    (
        "weight_decay@keras(0.1) | momentum@keras",
        "SGD",
        {"momentum": 0.9, "weight_decay": 0.1},
    ),
]

L2 = optax.add_decayed_weights(0.1)
OPTAX = [
    ("gradient_descent@optax", "sgd", {}),
    ("sgd@optax(momentum=0.9)", "sgd", {"momentum": 0.9}),
    ("sgd@optax(momentum=0.9, nesterov=true)", "sgd", {"momentum": 0.9, "nesterov": True}),
    ("momentum@optax", "sgd", {"momentum": 0.9}),
    ("momentum@optax(ema=true)", "averaged", {"decay": 0.9, "debias": False}),
    ("momentum@optax(ema=true, debias=true)", "averaged", {"decay": 0.9, "debias": True}),
    ("nesterov@optax", "sgd", {"momentum": 0.9, "nesterov": True}),
    ("nag@optax(momentum=0.5)", "sgd", {"momentum": 0.5, "nesterov": True}),
    ("adagrad@optax", "adagrad", {}),
    ("adagrad@optax(initial_accumulator_value=0)", "adagrad", {"initial_accumulator_value": 0.0}),
    ("rmsprop@optax", "rmsprop", {}),
    ("rmsprop@optax(eps_inside=false)", "rmsprop", {"eps_in_sqrt": False}),
    ("rmsprop@optax(initial_accumulator_value=1)", "rmsprop", {"initial_scale": 1.0}),
    ("rmsprop@optax(momentum=0.9)", "rmsprop", {"momentum": 0.9}),
    (
        "rmsprop@optax(momentum=0.9, nesterov=true)",
        "rmsprop",
        {"momentum": 0.9, "nesterov": True},
    ),
    (
        "rmsprop@optax(momentum=0.9, centered=true)",
        "rmsprop",
        {"momentum": 0.9, "centered": True},
    ),
    ("rmsprop@optax(debias=true)", "rmsprop", {"bias_correction": True}),
    ("adadelta@optax", "adadelta", {}),
    ("adadelta@optax(lr=0.3, decay=0.95)", "adadelta", {"rho": 0.95}),
    ("adam@optax", "adam", {}),
    ("adam@optax(lr=0.1, beta1=0.8, beta2=0.95)", "adam", {"b1": 0.8, "b2": 0.95}),
    ("adam@optax(beta2=0.9, amsgrad=true)", "amsgrad", {"b2": 0.9}),
    ("amsgrad@optax", "amsgrad", {}),
    ("adamw@optax", "adamw", {}),
    ("adamax@optax", "adamax", {}),
    ("adamax@optax(lr=0.1, beta1=0.8, beta2=0.9)", "adamax", {"b1": 0.8, "b2": 0.9}),
    ("nadam@optax", "nadam", {}),
    ("nadam@optax(lr=0.1, beta1=0.8, beta2=0.95)", "nadam", {"b1": 0.8, "b2": 0.95}),
    ("radam@optax", "radam", {}),
    ("weight_decay@optax(0.1) | sgd@optax", "sgd", {"before": (L2,)}),
    ("clip_value(0.5) | adam@optax", "adam", {"before": (optax.clip(0.5),)}),
    ("clip_norm(0.5) | adam@optax", "adam", {"before": (optax.clip_by_global_norm(0.5),)}),
    (
        "clip_value(0.5) | weight_decay(0.1) | sgd@optax(momentum=0.9)",
        "sgd",
        {"before": (optax.clip(0.5), L2), "momentum": 0.9},
    ),
    (
        "weight_decay(0.1) | clip_value(0.5) | sgd@optax(momentum=0.9)",
        "sgd",
        {"before": (L2, optax.clip(0.5)), "momentum": 0.9},
    ),
]

CASES = {
    library: {text: (name, options) for text, name, options in cases}
    for library, cases in {"torch": TORCH, "keras": KERAS, "optax": OPTAX}.items()
}
