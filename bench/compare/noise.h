/*
 * How much times of one and the same kernel differ from process to process and from run to run.
 *
 * The log of a time is  mu + gamma + delta / t + e.  Gamma (a clock that is off by a share) and
 * delta (what the timing itself takes off or leaves, in ns) are the process's own, common to all
 * kernels in it: its drift (drift.h). The rest, e, is of this kernel in this process: s times
 * Student's t with `freedom` degrees of freedom, s^2 = share^2 + (ns / t)^2. That is a normal error
 * whose variance differs from kernel to kernel as an inverse chi-square does (Smyth 2004). Kernels
 * of one operator have, in a process, another error in common: `operator_share`.
 *
 * Some kernels have two states, which last for a process (87 or 91 us, say): 0.4 % of the times
 * below are off by more than ten times s. Three or four processes may all be in one of them, and
 * then look more alike than they are, so a further process counts as half a degree of freedom.
 *
 * The heavy tail has an end, for the states of a kernel are not far apart: no time was off its
 * kernel's mean by more than 7 %, and of 1,000 kernels that were recorded twice (1.5 us and more)
 * none differed by more than 20 %. Logs that differ by more than `far` (26 %) are judged with four
 * degrees of freedom.
 *
 * From what: bench run core --confirm on an H100 (docs/measurements/2026-11-22-h100-truth/core: 594
 * roles of cases, each in four processes). Drifts were 43, 106, -4 and -144 ns and below 0.02 %.
 * Taking them off leaves 1.3 % of times of 3 us, 0.9 % at 4, 0.6 % at 7, 0.3 % at 15, 0.2 % at
 * 50, of which sqrt((0.14 %)^2 + (40 ns / t)^2) is an upper bound by a third, and 2.0 degrees of
 * freedom; means of an operator's cases moved by 0.2 to 0.3 %. docs/compare.md has the figures.
 */
#ifndef BENCH_COMPARE_NOISE_H
#define BENCH_COMPARE_NOISE_H

struct bench_noise {
    double share, ns, freedom; /* of e, above */
    double process_freedom;    /* that a further process adds to a case's: see above */
    double far, far_freedom;   /* of logs: what is farther off has lighter tails */
    double drift_share;        /* standard deviation of gamma … */
    double drift_ns;           /* … and of delta, before any kernel tells */
    double operator_share;
    double operator_freedom; /* of means over five cases or more */
};

/* By kind of device. What was recorded on one GPU is a start for others: it is widened by what
 * unchanged kernels show (drift.h). Of CPUs nothing was recorded: ten times as much. */
void bench_noise_of(const char *device_kind, struct bench_noise *noise);

/* Variance of e (without its heavy tails: s^2) of a time of so many ns. */
double bench_noise_variance(const struct bench_noise *noise, double ns);

#endif
