// Atomics between all threads of a grid, and what is built on them.

struct counters {
    int i_add, i_sub, i_min, i_max, i_and, i_or, i_xor, i_exch_sum;
    unsigned u_inc, u_dec, u_min, u_max;
    unsigned long long l_add, l_max;
    long long s_min;
    float f_add;
    double d_add;
    unsigned locked;
    int under_lock;
    __half h_add;
    __nv_bfloat16 b_add;
};

__global__ void all(counters *c)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    atomicAdd(&c->i_add, 3);
    atomicSub(&c->i_sub, 2);
    atomicMin(&c->i_min, -i);
    atomicMax(&c->i_max, i);
    atomicAnd(&c->i_and, ~(1 << (i % 7)));
    atomicOr(&c->i_or, 1 << (i % 9));
    atomicXor(&c->i_xor, i);
    atomicInc(&c->u_inc, 99u);
    atomicDec(&c->u_dec, 9u);
    atomicMin(&c->u_min, static_cast<unsigned>(i + 5));
    atomicMax(&c->u_max, static_cast<unsigned>(i + 5));
    atomicAdd(&c->l_add, 1ull << 33);
    atomicMax(&c->l_max, static_cast<unsigned long long>(i) << 32);
    atomicMin(&c->s_min, -static_cast<long long>(i) << 32);
    atomicAdd(&c->f_add, 0.5f);
    atomicAdd(&c->d_add, 0.25);
    if (i < 1024) {
        atomicAdd(&c->h_add, __half(1.0f));
    }
    if (i < 128) {
        atomicAdd(&c->b_add, __nv_bfloat16(2.0f));
    }
    int got = atomicExch(&c->i_exch_sum, 0);
    atomicAdd(&c->i_exch_sum, got + 1);
}

// A lock held while plain memory is changed.
__global__ void lock(counters *c)
{
    while (atomicCAS(&c->locked, 0u, 1u) != 0u)
        ;
    c->under_lock++;
    __threadfence();
    atomicExch(&c->locked, 0u);
}

// Each block waits for the one before it: blocks must be handed out in order.
__global__ void chain(volatile int *flag, int *out)
{
    if (threadIdx.x == 0) {
        int before = 0;
        if (blockIdx.x > 0) {
            while ((before = flag[blockIdx.x - 1]) == 0)
                ;
            __threadfence();
        }
        out[blockIdx.x] = before;
        __threadfence();
        flag[blockIdx.x] = before + 1;
    }
}
