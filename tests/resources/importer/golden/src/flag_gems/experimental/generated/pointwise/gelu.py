"""gelu - Experimental Implementation

This operator was imported from generated code by bench.

Metadata:
    op_id: <uuid>
    category: pointwise
    status: EXPERIMENTAL
    generator_tool: bench
    generation_date: <time>

Warning:
    This operator is experimental: its interface may change, and it is not yet
    part of what FlagGems registers.

Gelu in Triton, "fast".

Second line with a \\ backslash.
"""

from __future__ import annotations

# Copyright of somebody

import torch
import triton


@triton.jit
def gelu_kernel(x, out):
    pass


def gelu(input, *, approximate="none"):
    return input * 2
