/*
 * Linked into every test program of a build with sanitizers. Criterion runs each test in a process
 * of its own, which has BXFI_MAP in its environment; leaks are looked for there, and what a test
 * leaks fails the module (tests/CMakeLists.txt). The runner around them leaks a little of its own.
 */
#include <stdlib.h>

int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
    return getenv("BXFI_MAP") == NULL;
}
