/*
 * What the null device is asked to be, after the colon of its name:
 *
 *   null                     launches take what their scripts say
 *   null:2200                every launch takes 2200 ns more, as null:floor=2200
 *   null:KEY=VALUE[,KEY=VALUE]…
 *
 *   floor=NS         added to every launch, those of a graph included; 0
 *   resolution=NS    the step of the clock: events are cut off to multiples of it, and the device
 *                    says so (info.resolution_ns); 0: exact
 *   clock=MHZ        the device reports this clock (info.reports_clock); without it, none
 *   throttle=SHARE   the share of clock readings, 0 to 1, that are 20 % lower; each is drawn by
 *                    chance (seeded), apart from the scripted times, which it does not shift
 *   warmup=COUNT     the first COUNT readings are 20 % lower
 *   index=NUMBER     which of several null devices it is (`bench run --device null*4`); 0
 *   model=NUMBER     devices of different numbers are different models; 0
 *   pace=NS          every launch takes so much real time, too, in which the host sleeps: for what
 *                    is to be seen while a run goes on. Scripted times do not change; 0
 *
 * A probe of the clock decides whether the clock is lower from there until the next probe: kernels
 * launched in between take 1 / 0.8 = 1.25 times what their scripts say. The floor stays. throttle
 * and warmup need clock.
 */
#ifndef BENCH_DEVICE_NULL_OPTIONS_H
#define BENCH_DEVICE_NULL_OPTIONS_H

#include "bench/util/err.h"

/* Numbers of null devices are below this. */
#define BENCH_NULL_DEVICES 64
/* What a throttled clock keeps of its frequency. */
#define BENCH_NULL_THROTTLED 0.8

struct bench_null_options {
    double floor_ns;
    double resolution_ns;
    double clock_mhz; /* 0: none is reported */
    double throttle;
    double warmup;       /* a whole number */
    double index, model; /* whole numbers */
    double pace_ns;
};

/* `text` is what follows the colon; NULL if there is none. BENCH_EINPUT for anything else. */
int bench_null_options_parse(const char *text, struct bench_null_options *options,
                             struct bench_err *err);

#endif
