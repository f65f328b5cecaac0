/*
 * one_hot writes `classes` numbers of eight bytes for each that it reads, so all that counts is the
 * stores: 16 bytes each, a row by `lanes` neighbouring threads, a power of two up to a block, each
 * of which loads the row's class once. Short rows share a block.
 */
#include "../common/pointwise.cuh"

__global__ void __launch_bounds__(BLOCK)
    one_hot_rows(const long long *__restrict__ x, long long *__restrict__ out, long long n,
                 long long classes, int lanes)
{
    const int rows_of_threads = BLOCK / lanes;
    const int lane = static_cast<int>(threadIdx.x) & (lanes - 1);
    const long long row = static_cast<long long>(blockIdx.x) * rows_of_threads +
                          static_cast<int>(threadIdx.x) / lanes;
    if (row >= n) {
        return;
    }
    const long long hot = x[row];
    long long *to = out + row * classes;
    if (classes % 2 == 0 && is_aligned_for<2>(out)) {
        for (long long pair = lane; pair < classes / 2; pair += lanes) {
            Lanes<long long, 2> value = {{hot == 2 * pair, hot == 2 * pair + 1}};
            reinterpret_cast<Lanes<long long, 2> *>(to)[pair] = value;
        }
    } else {
        for (long long i = lane; i < classes; i += lanes) {
            to[i] = hot == i;
        }
    }
}
