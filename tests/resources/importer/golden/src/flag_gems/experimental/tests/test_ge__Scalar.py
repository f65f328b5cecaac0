"""Tests of ge__Scalar - Experimental Implementation

Imported with the operator by bench.

op_id: <uuid>
"""

import torch

from flag_gems.experimental.generated.pointwise.ge__Scalar import ge__Scalar


def test_ge():
    assert ge__Scalar(torch.ones(2), 1).all()
