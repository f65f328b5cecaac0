"""Tests of gelu - Experimental Implementation

Imported with the operator by bench.

op_id: <uuid>

Accuracy of gelu.
"""

import pytest
import torch

from flag_gems.experimental.generated.pointwise.gelu import gelu
from flag_gems.ops import relu


@pytest.mark.parametrize("n", [1, 1024])
def test_gelu(n):
    x = torch.randn(n)
    torch.testing.assert_close(gelu(x), torch.nn.functional.gelu(x))
    assert relu is not None
