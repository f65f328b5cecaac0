/* Everything of it that the cpu device has is in bench_cpu.h. */
