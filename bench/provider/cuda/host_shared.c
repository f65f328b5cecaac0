/*
 * `__shared__ float tile[32]` in kernel _Z4gemmPf is the thread-local symbol _ZZ4gemmPfE4tile of
 * 128 bytes, and bench_cpu_runner<gemm, 0>::mark is
 * _ZN16bench_cpu_runnerIXadL_Z4gemmPfEELi0EE4markE: by the one the kernel of an entry is known, by
 * the others its shared memory.
 */
#include "bench/provider/cuda/host_shared.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/device/cpu/shim/bench_cpu_abi.h"
#include "bench/util/file.h"
#include "bench/util/str.h"

struct object {
    char *data;
    size_t size;
    const Elf64_Shdr *sections;
    size_t section_count;
    const Elf64_Sym *symbols;
    size_t symbol_count;
    const char *names;
    size_t names_size;
};

/* True if the file is as a 64-bit object should be; the compiler made it, so no more is checked
 * than what keeps us inside of it. */
static bool open_object(struct object *o)
{
    const Elf64_Ehdr *h = (const void *)o->data;
    if (o->size < sizeof(*h) || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0 ||
        h->e_ident[EI_CLASS] != ELFCLASS64 ||
        h->e_shoff + (uint64_t)h->e_shnum * sizeof(Elf64_Shdr) > o->size)
        return false;
    o->sections = (const void *)(o->data + h->e_shoff);
    o->section_count = h->e_shnum;
    for (size_t i = 0; i < o->section_count; i++) {
        const Elf64_Shdr *s = &o->sections[i];
        if (s->sh_type != SHT_SYMTAB || s->sh_link >= o->section_count)
            continue;
        const Elf64_Shdr *names = &o->sections[s->sh_link];
        if (s->sh_offset + s->sh_size > o->size || names->sh_offset + names->sh_size > o->size)
            return false;
        o->symbols = (const void *)(o->data + s->sh_offset);
        o->symbol_count = s->sh_size / sizeof(Elf64_Sym);
        o->names = o->data + names->sh_offset;
        o->names_size = names->sh_size;
        return names->sh_size > 0 && o->names[names->sh_size - 1] == '\0';
    }
    return false;
}

static const char *name_of(const struct object *o, const Elf64_Sym *s)
{
    return s->st_name < o->names_size ? o->names + s->st_name : "";
}

/* The kernel's encoding ("4gemmPf") in the name of an entry's mark. */
static bool kernel_of(const char *symbol, size_t entry, const char **kernel, size_t *length)
{
    static const char before[] = "_ZN16bench_cpu_runnerIXad";
    char after[64];
    snprintf(after, sizeof(after), "ELi%zuEE14bench_cpu_markE", entry);
    if (!bench_str_starts(symbol, before) || !bench_str_ends(symbol, after))
        return false;
    const char *start = strstr(symbol + sizeof(before) - 1, "_Z");
    const char *end = symbol + strlen(symbol) - strlen(after);
    if (!start || start + 2 >= end || end[-1] != 'E')
        return false;
    *kernel = start + 2;
    *length = (size_t)(end - 1 - *kernel);
    return true;
}

/* Length of a back-reference ("S_", "S1_") at p; 0 if there is none. Their numbers count from the
 * beginning of the symbol, so the same kernel is spelled differently inside of different ones. */
static size_t back_reference(const char *p)
{
    if (*p != 'S')
        return 0;
    size_t n = 1 + strspn(p + 1, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return p[n] == '_' ? n + 1 : 0;
}

/* True if the name goes on with the kernel's encoding and an E. */
static bool goes_on_with(const char *name, const char *kernel, size_t length)
{
    const char *end = kernel + length;
    while (kernel < end) {
        size_t a = back_reference(name);
        size_t b = back_reference(kernel);
        if ((a == 0) != (b == 0) || (a == 0 && *name != *kernel))
            return false;
        name += a ? a : 1;
        kernel += b ? b : 1;
    }
    return *name == 'E';
}

static size_t shared_of(const struct object *o, const char *kernel, size_t length)
{
    size_t bytes = 0;
    for (size_t i = 0; i < o->symbol_count; i++) {
        const Elf64_Sym *s = &o->symbols[i];
        const char *name = name_of(o, s);
        if (ELF64_ST_TYPE(s->st_info) == STT_TLS && bench_str_starts(name, "_ZZ") &&
            goes_on_with(name + 3, kernel, length))
            bytes += s->st_size;
    }
    return bytes;
}

/* Where in the file the symbol's value lies; 0 if nowhere. */
static size_t file_offset(const struct object *o, const Elf64_Sym *s)
{
    if (s->st_shndx >= o->section_count)
        return 0;
    const Elf64_Shdr *section = &o->sections[s->st_shndx];
    size_t at = section->sh_offset + (s->st_value - section->sh_addr);
    return section->sh_type == SHT_PROGBITS && at + sizeof(int) <= o->size ? at : 0;
}

static int fill_entry(const struct object *o, int fd, const char *path, size_t entry, size_t *bytes,
                      struct bench_err *err)
{
    char variable[64];
    snprintf(variable, sizeof(variable), "bench_cpu_entry_%zu_shared", entry);
    size_t at = 0;
    *bytes = 0;
    for (size_t i = 0; i < o->symbol_count; i++) {
        const Elf64_Sym *s = &o->symbols[i];
        const char *name = name_of(o, s);
        const char *kernel;
        size_t length;
        if (kernel_of(name, entry, &kernel, &length))
            *bytes = shared_of(o, kernel, length);
        else if (strcmp(name, variable) == 0)
            at = file_offset(o, s);
    }
    int value = (int)*bytes;
    if (at == 0 || pwrite(fd, &value, sizeof(value), (off_t)at) != (ssize_t)sizeof(value))
        return bench_err_set(err, BENCH_ERROR, "%s: cannot note the shared memory of entry %zu",
                             path, entry);
    return BENCH_OK;
}

/* True for what __shared__ in a kernel became: thread-local, or, under the sanitizer, static
 * without an initial value. Kernels have no other static variables that can be written. */
static bool is_shared(const struct object *o, const Elf64_Sym *s)
{
    int type = ELF64_ST_TYPE(s->st_info);
    if (!bench_str_starts(name_of(o, s), "_ZZ") || s->st_shndx >= o->section_count)
        return false;
    return type == STT_TLS ||
           (type == STT_OBJECT && o->sections[s->st_shndx].sh_type == SHT_NOBITS);
}

/* Tells the object's bench_cpu_spoil where its shared memory is. */
static int fill_ranges(const struct object *o, int fd, const char *path, struct bench_err *err)
{
    struct bench_cpu_range ranges[BENCH_CPU_RANGES] = {{0}};
    size_t count = 1;
    size_t at = 0;
    for (size_t i = 0; i < o->symbol_count; i++) {
        const Elf64_Sym *s = &o->symbols[i];
        const char *name = name_of(o, s);
        if (strcmp(name, "bench_cpu_ranges") == 0)
            at = file_offset(o, s);
        else if (strcmp(name, "_ZL14bench_cpu_mark") == 0)
            ranges[0] = (struct bench_cpu_range){s->st_value, s->st_size};
        else if (is_shared(o, s) && count++ < BENCH_CPU_RANGES)
            ranges[count - 1] = (struct bench_cpu_range){s->st_value, s->st_size};
    }
    if (count > BENCH_CPU_RANGES)
        return bench_err_set(err, BENCH_EUNSUPPORTED,
                             "the cpu device cannot do %zu __shared__ variables in one source, the "
                             "limit is %d",
                             count - 1, BENCH_CPU_RANGES - 1);
    if (at == 0 || ranges[0].size == 0 || at + sizeof(ranges) > o->size ||
        pwrite(fd, ranges, sizeof(ranges), (off_t)at) != (ssize_t)sizeof(ranges))
        return bench_err_set(err, BENCH_ERROR, "%s: cannot note where its shared memory is", path);
    return BENCH_OK;
}

int bench_host_shared_fill(const char *path, size_t entry_count, size_t *bytes,
                           struct bench_err *err)
{
    struct object o = {0};
    int rc = bench_file_read(path, 0, &o.data, &o.size, err);
    if (rc != BENCH_OK)
        return rc;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || !open_object(&o))
        rc = bench_err_set(err, BENCH_ERROR, "%s: the C++ compiler made no readable object", path);
    for (size_t i = 0; i < entry_count && rc == BENCH_OK; i++)
        rc = fill_entry(&o, fd, path, i, &bytes[i], err);
    if (rc == BENCH_OK)
        rc = fill_ranges(&o, fd, path, err);
    if (fd >= 0)
        close(fd);
    free(o.data);
    return rc;
}
