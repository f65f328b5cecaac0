#include "bench/cli/color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool bench_color_wanted(int fd)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    if (none != NULL && none[0] != '\0')
        return false;
    if (term != NULL && strcmp(term, "dumb") == 0)
        return false;
    return isatty(fd) == 1;
}
