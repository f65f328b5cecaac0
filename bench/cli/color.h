/* Whether to write colours. */
#ifndef BENCH_CLI_COLOR_H
#define BENCH_CLI_COLOR_H

#include <stdbool.h>

/* True if `fd` is a terminal, and neither $NO_COLOR (https://no-color.org: set, and not empty) nor
 * TERM=dumb says otherwise. */
bool bench_color_wanted(int fd);

#endif
