"""ge__Scalar - Experimental Implementation

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
"""

import torch


def ge__Scalar(self, other):
    return self.copy_(self >= other)
