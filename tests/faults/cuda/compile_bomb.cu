// operator: plain
// long: yes
// expect: compile_error
// about: Templates without an end.
typedef long long i64;

template <i64 N> struct bomb {
    static const i64 value = bomb<N + 1>::value + bomb<N + 2>::value;
};

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    out[i] = (float)bomb<0>::value;
}
