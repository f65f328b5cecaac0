/* Numbers for people. Each writes into the buffer it is handed and returns it. */
#ifndef BENCH_CASE_FORMAT_H
#define BENCH_CASE_FORMAT_H

/* "832 ns", "12.34 us", "1.234 ms", "2.345 s" */
const char *bench_format_time(double ns, char text[32]);
/* Three or four significant digits without an exponent: "0.123", "12.3", "1234" */
const char *bench_format_number(double v, char text[32]);

#endif
