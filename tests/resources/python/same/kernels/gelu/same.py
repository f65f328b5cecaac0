import torch
import triton
import triton.language as tl


@triton.jit
def gelu_triton(x, out, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + at, mask=at < n)
    tl.store(out + at, 0.5 * v * (1.0 + tl.math.erf(v * 0.7071067811865476)), mask=at < n)


def gelu(x):
    out = torch.empty_like(x)
    n = x.numel()
    gelu_triton[(triton.cdiv(n, 1024),)](x, out, n, BLOCK=1024, num_warps=4)
    return out
