"""The configurations of the contract: every rule, every convention worth reaching."""

from dataclasses import dataclass
from typing import NamedTuple

from slalom.rules import ClipValue, Exponential, Rule, hyper, namespace, parse
from slalom.rules.vocabulary import copied

_BARE = """
gradient_descent(lr=0.1)
momentum(lr=0.05)
momentum(lr=0.05, lr_inside=false, dampening=0.5)
momentum(lr=0.05, ema=true)
momentum(lr=0.05, ema=true, debias=true)
momentum(lr=0.05, ema=true, lr_inside=true, momentum=0.5)
nesterov(lr=0.05)
nesterov(lr=0.05, lr_inside=false)
nesterov(lr=0.05, shifted=true)
nesterov(lr=0.05, shifted=true, lr_inside=false)
smoothed_nesterov(lr=0.05)
smoothed_nesterov(lr=0.05, points=(1/2, 3/4, 1), weights=(1, 2, 4))
smoothed_nesterov(lr=0.05, points=(0.25, 0.5, 0.75, 1))
adagrad(lr=0.5)
adagrad(lr=0.5, eps_inside=false, lr_decay=0.01, initial_accumulator_value=0.1)
adagrad(lr=0.5, accumulate=abs)
adagrad(lr=0.5, accumulate=abs, scaling=quotient)
adagrad(lr=0.5, scaling=exp)
rmsprop(lr=0.05)
rmsprop(lr=0.05, eps_inside=false, initial_accumulator_value=1)
rmsprop(lr=0.05, centered=true, eps=0.01)
rmsprop(lr=0.05, momentum=0.8)
rmsprop(lr=0.05, momentum=0.8, lr_inside=false)
rmsprop(lr=0.05, momentum=0.8, nesterov=true, debias=true, centered=true, eps=0.01)
adadelta()
adadelta(initial_delta_value=1.0, lr=0.5)
adam(lr=0.05)
adam(lr=0.05, eps_inside=true)
adam(lr=0.05, debias=false)
adam(lr=0.05, amsgrad=true)
adam(lr=0.05, amsgrad=corrected)
adam(lr=0.05, eps_hat=true)
adam(lr=0.05, eps_hat=true, amsgrad=corrected, eps_inside=true)
adamax(lr=0.05)
adamax(lr=0.05, eps_inside=false, eps=1e-3)
adam_lp(lr=0.05)
adam_lp(lr=0.05, p=3.5)
nadam(lr=0.05)
nadam(lr=0.05, momentum_decay=1)
nadam(lr=0.05, momentum_decay=inf)
sgd(lr=0.1)
sgd(lr=0.05, momentum=0.9, dampening=0.1)
sgd(lr=0.05, momentum=0.9, nesterov=true)
nag(lr=0.05)
adamw(lr=0.05, weight_decay=0.1)
amsgrad(lr=0.05)
radam(lr=0.05)
radam(lr=0.05, threshold=4.5, strict=false, fallback=gradient, eps_hat=false)
radam(lr=0.05, fallback=skip)
rprop()
rprop(lags=true)
asgd(lr=0.1, decay=0.01, after=5)
adan(lr=0.05, weight_decay=0.1)
adan(lr=0.05, weight_decay=0.1, eps_root=0.01, proximal=false, factor=complement)
adabelief(lr=0.05)
yogi(lr=0.05)
ademamix(lr=0.05, warmup=20)
adopt(lr=0.05)
adopt(lr=0.05, clip=false)
signum(lr=0.05)
tiger(lr=0.05)
nadamw(lr=0.05)
lion(lr=0.05)
lion(lr=0.05, smooth=2, shape=tanh)
lion(lr=0.05, shape=clip)
novograd(lr=0.05, weight_decay=0.01)
novograd(lr=0.05, averaging=true)
novograd(lr=0.05, averaging=late)
lars(lr=1, trust=0.01, weight_decay=0.1)
lars(lr=1, trust=0.01, weight_decay=0.1, nesterov=true, joint_norm=true, lr_inside=true)
lars(lr=0.05, vectors=false)
stable_adamw(lr=0.05)
fromage(lr=0.05, min_norm=0.1)
mars(lr=0.05, gamma=0.5)
mars(lr=0.05, first=same, eps_hat=true, eps_root=0.01)
mars(lr=0.05, base=lion)
mars(lr=0.05, base=shampoo)
adamp(lr=0.05, weight_decay=0.1, delta=2)
adamp(lr=0.05, nesterov=true, eps_hat=true)
adam_mini(lr=0.05)
adam_mini(lr=0.05, block=leaf)
adafactor()
adafactor(lr=0.05, beta1=0.5, scale_parameter=false)
adafactor(lr=0.05, relative_step=true, eps1_added=false)
came(lr=0.005)
sm3(lr=0.05)
sm3(lr=0.05, momentum=0.5, decay=0.9)
psgd_kron(lr=0.05, every=2)
soap(lr=0.05, weight_decay=0.1)
shampoo(lr=0.05, momentum=0.5, eps=0.01)
shampoo(lr=0.05, decay=0.9, every=3, graft=true, eps=0.01)
prodigy(d0=0.1)
prodigy(beta3=0.9, d0=0.1, d_coef=20, debias=true, safeguard_warmup=true)
dadapt_adam(d0=0.1)
dadapt_adam(d0=0.01, growth=1.5, debias=true)
dog(reps=0.1)
dog(reps=0.1, start=distance, layerwise=true)
dowg(r0=0.1)
sophia(lr=0.05)
sophia(lr=0.05, renew=after, draws=normal, debias=true)
adahessian(lr=0.05)
adahessian(lr=0.05, power=0.5, every=3, draws=normal, eps=0.001)
momo(lr=0.1)
momo(lr=0.1, lower=-2, weight_decay=0.1, adaptive=true)
momo_adam(lr=0.1)
momo_adam(lr=0.1, lower=-2, weight_decay=0.1, adaptive=true)
polyak(largest=0.1)
polyak(lr=0.5, f_min=-2, eps=0.1, positive=true)
laprop(lr=0.05)
laprop(lr=0.05, eps_hat=true, eps=0.01)
qhm(lr=0.05)
qhadam(lr=0.05, nu2=0.8)
aggmo(lr=0.01)
adabound(lr=0.05)
amsbound(lr=0.05)
madgrad(lr=0.05)
simplified_ademamix(lr=0.001, alpha=2)
simplified_ademamix(lr=0.01, ema=true, inverted=true)
cocob()
acprop(lr=0.05, eps_root=1e-6)
optimistic(lr=0.05)
ftrl(lr=0.5, l1=0.01)
ftrl(lr=0.5, below=power, keeps_start=false, l2=0.1, initial_accumulator_value=0.1)
diffgrad(lr=0.05)
diffgrad(lr=0.05, eps_hat=false)
partition(matrices=muon(lr=0.05), rest=adam(lr=0.05))
partition(matrices=normuon(lr=0.05), rest=adam(lr=0.05))
partition(matrices=adamuon(lr=0.05), rest=adam(lr=0.05))
scion(lr=0.05)
partition(matrices=scion(lr=0.05, norm=row, constraint=true), rest=adam(lr=0.05))
lamb(lr=0.05)
ranger(lr=0.05)
"""

_WRAPPED = """
clip_value(0.5) | adam(lr=0.05)
clip_norm(0.5) | momentum(lr=0.05)
clip_step(0.5) | adam(lr=0.05)
weight_decay(0.1) | adam(lr=0.05)
weight_decay(0.1, decoupled=true) | nesterov(lr=0.05)
weight_decay(0.01, decoupled=true, scaled=false) | gradient_descent(lr=0.1)
noise(0.1) | rmsprop(lr=0.05)
average(0.9) | adam(lr=0.05)
average(0.9) | noise(0.1) | clip_norm(1) | weight_decay(0.1) | nadam(lr=0.05)
trust_ratio(norm_eps=0.1, largest_norm=2, largest_ratio=0.5) | adam(lr=0.05)
cautious() | lion(lr=0.05)
cautious(floor=0.5, plus_one=true) | adam(lr=0.05)
grams() | adam(lr=0.05)
centralize() | momentum(lr=0.05)
centralize(outputs=first) | adam(lr=0.05)
clip_adaptive(0.1, eps=0.5) | adam(lr=0.05)
mechanic(s_init=0.1) | gradient_descent(lr=1)
mechanic(weight_decay=0.1, s_init=0.01) | adam(lr=0.1)
lookahead(5, 0.5) | adam(lr=0.05)
lookahead(4, 0.25, judge=slow) | momentum(lr=0.05)
sam(0.05) | momentum(lr=0.05)
sam(0.5, adaptive=true) | adam(lr=0.05)
schedule_free(0.9, warmup=5) | weight_decay(0.01, decoupled=true) | rmsprop(lr=0.05, debias=true)
schedule_free(0.8, r=1, decay_at=z) | weight_decay(0.01, decoupled=true) | rmsprop(lr=0.05)
schedule_free() | radam(lr=0.05, beta1=0, fallback=skip)
schedule_free(0.9, warmup=7, warmup_lags=true) | gradient_descent(lr=0.05)
"""

_SCHEDULED = """
adam(lr=constant(0.05))
adam(lr=piecewise((0.1, 0.05, 0.01), (50, 150)))
adam(lr=hybrid(0.01, 0.05, 100))
momentum(lr=exponential(0.1, rate=0.01, offset=-1))
nesterov(lr=polynomial(0.1, rate=0.1, power=0.5, offset=1))
adam(lr=times(0.5, cosine(0.1, steps=300)))
gradient_descent(lr=step_decay(0.1, factor=0.5, every=60))
rmsprop(lr=cosine(0.1, steps=250, warmup=20, final=0.001))
adamax(lr=one_cycle(0.1, steps=300))
adam(lr=0.05, beta1=constant(0.8))
momentum(lr=0.05, momentum=piecewise((0.5, 0.9), (100,)))
rmsprop(lr=0.05, eps=exponential(1e-3, rate=0.01))
nesterov(lr=0.05, momentum=polynomial(0.9, rate=0.01))
adam(lr=0.05, beta2=step_decay(0.99, factor=0.9, every=100))
momentum(lr=0.05, dampening=cosine(0.5, steps=300))
nadam(lr=0.05, beta1=one_cycle(0.9, steps=300))
smoothed_nesterov(lr=0.05, points=(exponential(0.5, rate=0.01), 1))
clip_norm(exponential(1, rate=0.01)) | adam(lr=cosine(0.1, steps=300))
noise(polynomial(0.1, rate=1, power=0.275)) | sgd(lr=0.1)
weight_decay(cosine(0.1, steps=300), decoupled=true) | adam(lr=exponential(0.1, rate=0.01))
lion(lr=cosine(0.1, steps=300))
radam(lr=cosine(0.1, steps=300), beta2=constant(0.99))
asgd(lr=exponential(0.1, rate=0.01), after=5)
ademamix(lr=0.05, alpha=exponential(5, rate=0.01), warmup=constant(20))
lars(lr=1, trust=exponential(0.1, rate=0.01))
mars(lr=0.05, gamma=exponential(0.5, rate=0.01))
adafactor(lr=exponential(0.1, rate=0.01))
prodigy(lr=cosine(1, steps=300), d0=0.1)
sophia(lr=0.05, gamma=exponential(0.1, rate=0.01))
lookahead(5, exponential(1, rate=0.01)) | adam(lr=0.05)
schedule_free() | gradient_descent(lr=cosine(0.1, steps=300, warmup=20))
"""


class SignState(NamedTuple):
    """The last gradient, and how often it was looked at."""

    last: object


@dataclass(frozen=True)
class SignDescent(Rule, name="sign_descent"):
    """A user's own rule, as the documentation of `Rule` has it, with a memory and a convention."""

    lr: float = hyper(0.01, "learning rate")
    share: float = 0.5
    twice: bool = False

    def init(self, x):
        return SignState(namespace(x).zeros_like(x))

    def update(self, g, state):
        step = namespace(g).sign(g + self.share * state.last)
        return -self.lr * (2 if self.twice else 1) * step, SignState(copied(g))


TEXTS = [line for block in (_BARE, _WRAPPED, _SCHEDULED) for line in block.strip().splitlines()]
OWN = [
    SignDescent(lr=0.05),
    ClipValue(1) | SignDescent(lr=Exponential(0.1, rate=0.01), twice=True),
]
COUPLED_NAMES = (
    *("clip_norm", "clip_step", "dadapt", "dog", "dowg", "mechanic", "momo", "polyak", "prodigy"),
    "sam(",
)
"""What takes all leaves of a tree as one vector, so that each depends on the others."""

NO_GRAPH = (
    *("adafactor", "adam_mini", "adamp", "base=shampoo", "came", "centralize", "clip_adaptive"),
    *("mechanic", "partition", "psgd_kron", "ranger", "scion", "shampoo", "sm3", "soap"),
    *("vectors=false",),
)
"""What no graph holds: it asks for the shape or the layout, or its state has another shape."""

RULES = {text: parse(text) for text in TEXTS} | {str(rule): rule for rule in OWN}
"""Every configuration, by the text that makes it."""

COUPLED = [
    text
    for text in RULES
    if any(name in text for name in COUPLED_NAMES) and "layerwise" not in text
]
LEARNED_BOUNDS = [text for text in RULES if "momo" in text and "adaptive" in text]
"""What remembers how low the loss is after a step, which depends on the step's length."""
