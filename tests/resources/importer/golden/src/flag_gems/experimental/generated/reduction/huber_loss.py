"""huber_loss - Experimental Implementation

This operator was imported from generated code by bench.

Metadata:
    op_id: <uuid>
    category: reduction
    status: EXPERIMENTAL
    generator_tool: bench
    generation_date: <time>

Warning:
    This operator is experimental: its interface may change, and it is not yet
    part of what FlagGems registers.
"""


def huber_loss(x):
    return x + 1
