"""torchvision, which timm needs, beside a build of PyTorch without CUDA: to import before others.

Its operators, which are not used here, are compiled for the build with CUDA, and where they do not
load, their names are not known; so it could not be imported, nor what imports it if it is there.
"""

import torch

try:
    import torchvision  # noqa: F401
except RuntimeError:
    for name in ("nms", "qnms"):
        arguments = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        torch.library.define(f"torchvision::{name}", arguments)
