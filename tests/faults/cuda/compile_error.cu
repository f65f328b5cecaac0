// operator: plain
// expect: compile_error
// about: Is no C++.
typedef long long i64;

extern "C" __global__ void candidate(const BENCH_T *x, BENCH_T *out, i64 n)
{
    out[0] = no_such_function(x[0]);
}
