/* The summary of a night, as it goes into a chat message: the verdict in the first line, then what
 * somebody should look at, then what was done and what was not. */
#ifndef BENCH_NIGHTLY_SUMMARY_H
#define BENCH_NIGHTLY_SUMMARY_H

#include "bench/nightly/night.h"
#include "bench/util/str.h"

/* Chat services cut messages at a few thousand characters; this is far below (Discord's limit of
 * 2,000 is the least of the common ones). */
#define BENCH_NIGHT_SUMMARY_MOST 1500

/* `selected` as of bench_night_selected, or NULL. At most BENCH_NIGHT_SUMMARY_MOST bytes: alarms
 * that do not fit are counted. */
void bench_night_summary(const struct bench_night *night, const char *selected,
                         struct bench_str *out);

#endif
