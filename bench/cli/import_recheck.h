/* `bench import` does not take a selection's word for it: whether its operators are selected is
 * decided once more, from the cases and the criteria in the file. */
#ifndef BENCH_CLI_IMPORT_RECHECK_H
#define BENCH_CLI_IMPORT_RECHECK_H

#include "bench/util/err.h"

/* Decides selected_batchN.json again, as `bench select` does (selector/select.h), from its own
 * cases by its own criteria; a file without criteria is taken for one of the user's plan (one
 * passing case is enough). BENCH_EINPUT, naming all operators at fault, if one would not be
 * selected, if the averages are not those of the cases, or if the data in it are faulty. What is no
 * selection at all is left to bench_selected_read. */
int bench_import_recheck(const char *path, struct bench_err *err);

#endif
