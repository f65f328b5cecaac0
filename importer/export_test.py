def tensor(shape, dtype, fill):
    """One input, filled as the operator's description says."""
    kind, a, b = fill
    dtype = getattr(torch, dtype)
    if kind == "integers":
        # Of no elements, also where there is nothing that they could be.
        return torch.randint(int(a), max(int(a) + 1, int(b)), shape, dtype=dtype, device="cuda")
    if kind == "normal":
        values = torch.randn(shape, device="cuda") * b + a
    elif kind == "uniform":
        values = torch.rand(shape, device="cuda") * (b - a) + a
    elif kind == "constant":
        values = torch.full(shape, float(a), device="cuda")
    else:
        count = math.prod(shape)
        values = torch.arange(count, device="cuda").reshape(shape) * b + a
    return values.to(dtype)


def as_tuple(results):
    return results if isinstance(results, (tuple, list)) else (results,)


def exact(tensors):
    return {k: t.double() if t.is_floating_point() else t for k, t in tensors.items()}


def magnitude(t):
    if t.is_floating_point():
        return t.double().abs()
    return t.abs() if t.dtype.is_signed else t  # weights of 8 bits have signs, too


def magnitudes(tensors):
    return {k: magnitude(t) for k, t in tensors.items()}


def check(dtype, params, tensors):
    """The function against torch in float64, within the description's tolerances."""
    torch_dtype = getattr(torch, dtype)
    results = as_tuple(call(FUNCTION, **tensors, **params))
    wanted = as_tuple(call(reference, **exact(tensors), **params))
    assert len(results) == len(wanted)
    rtol, atol = TOLERANCES[dtype]
    for i, (got, want) in enumerate(zip(results, wanted)):
        assert got.shape == want.shape
        assert got.dtype == (torch_dtype if want.dtype == torch.float64 else want.dtype)
        want = want.to(got.dtype)
        if not (SCALED and i == 0):
            torch.testing.assert_close(got, want, rtol=rtol, atol=atol, equal_nan=True)
            continue
        # Rounding errors of a sum are relative to the sum of magnitudes, not to the sum.
        scale = as_tuple(call(reference, **magnitudes(tensors), **params))[0].abs()
        got, want = got.double(), want.double()
        bound = atol + rtol * torch.maximum(want.abs(), scale)
        both_nan = got.isnan() & want.isnan()
        wrong = ~(((got - want).abs() <= bound) | (got == want) | both_nan)
        assert not wrong.any(), (
            f"{int(wrong.sum())} of {wrong.numel()} elements are wrong, the first at "
            f"{wrong.nonzero()[0].tolist()}: {got[wrong][0]} instead of {want[wrong][0]}"
        )


def small(inputs):
    return all(math.prod(shape) <= 1 << 18 for shape, _, _ in inputs.values())


def misaligned(t):
    """The same values, contiguous, beginning where no vector does."""
    copy = torch.empty(t.numel() + 1, dtype=t.dtype, device=t.device)[1:].view(t.shape)
    return copy.copy_(t)


def strided(t):
    """The same values with gaps between them."""
    copy = torch.empty((*t.shape, 2), dtype=t.dtype, device=t.device)[..., 0]
    return copy.copy_(t)
