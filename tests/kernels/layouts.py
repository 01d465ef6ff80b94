"""Arrays with any strides, inside buffers whose other elements must stay as they are."""

import numpy as np
from hypothesis import strategies as st

CANARY = 12345.0


class Framed:
    """A view with given contents, and all the memory around it."""

    def __init__(self, content, steps, order, margin=3):
        axes = list(order)
        sizes = [abs(s) * max(n, 1) + 2 * margin for n, s in zip(content.shape, steps, strict=True)]
        self.buffer = np.full([sizes[a] for a in axes], CANARY, content.dtype)
        turned = self.buffer.transpose(np.argsort(axes))
        spans = tuple(
            slice(margin, margin + abs(s) * n, abs(s))
            for n, s in zip(content.shape, steps, strict=True)
        )
        self.mask = np.ones(self.buffer.shape, bool)
        self.mask.transpose(np.argsort(axes))[spans] = False
        flips = tuple(slice(None, None, 1 if s > 0 else -1) for s in steps)
        self.view = turned[(*spans, ...)][(*flips, ...)]
        self.view[...] = content

    @property
    def is_intact(self):
        """Whether everything around the view is as it was."""
        return bool(np.all(self.buffer[self.mask] == CANARY))


@st.composite
def layouts(draw, dimensions):
    """Steps along each axis, and the order of the axes in memory."""
    steps = draw(
        st.lists(st.sampled_from([1, 1, 2, 3, -1, -2]), min_size=dimensions, max_size=dimensions)
    )
    return steps, draw(st.permutations(range(dimensions)))


shapes = st.lists(st.sampled_from([0, 1, 2, 3, 7, 17]), max_size=3).map(tuple)
