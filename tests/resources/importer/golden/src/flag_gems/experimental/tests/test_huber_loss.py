"""Tests of huber_loss - Experimental Implementation

Imported with the operator by bench.

op_id: <uuid>
"""

from flag_gems.experimental.generated.reduction.huber_loss import huber_loss


def test_huber_loss():
    assert huber_loss(1) == 2
