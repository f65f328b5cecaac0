/* Opening: which file, whose it is, of which version, and how it is to be shared. */
#include <errno.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "bench/history/database.h"
#include "bench/history/schema.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

char *bench_history_default_path(void)
{
    const char *own = getenv("BENCH_HISTORY");
    if (own != NULL)
        return *own ? bench_xstrdup(own) : NULL;
    /* The XDG base directory specification: a path that is not absolute is to be ignored. */
    const char *xdg = getenv("XDG_DATA_HOME");
    if (xdg != NULL && xdg[0] == '/')
        return bench_path_join(xdg, "bench/history.db");
    const char *home = getenv("HOME");
    struct passwd entry, *found = NULL;
    char text[4096];
    if (home == NULL || !*home)
        home = getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 && found
                   ? entry.pw_dir
                   : "/nonexistent";
    return bench_path_join(home, ".local/share/bench/history.db");
}

const char *bench_history_path(const struct bench_history *history)
{
    return history->path;
}

void bench_history_close(struct bench_history *h)
{
    if (h == NULL)
        return;
    for (size_t i = 0; i < BENCH_HISTORY_STATEMENTS; i++)
        sqlite3_finalize(h->statements[i]);
    sqlite3_close(h->db); /* rolls back what is open */
    free(h->path);
    free(h);
}

/* ---- whose it is ---- */

struct identity {
    int64_t application, version, tables;
};

/* One statement, so that what is read is of one moment: another process may just be making it. */
static int identify(struct bench_history *h, struct identity *id, struct bench_err *err)
{
    static const char sql[] = "SELECT application_id, user_version, (SELECT count(*) FROM "
                              "sqlite_schema) FROM pragma_application_id, pragma_user_version";
    sqlite3_stmt *s;
    *id = (struct identity){0};
    int rc = bench_history_prepare(h, sql, &s, err);
    if (rc != BENCH_OK)
        return rc;
    if (sqlite3_step(s) == SQLITE_ROW) {
        id->application = sqlite3_column_int64(s, 0);
        id->version = sqlite3_column_int64(s, 1);
        id->tables = sqlite3_column_int64(s, 2);
    } else {
        rc = bench_history_failed(h, "it cannot be read", err);
    }
    sqlite3_finalize(s);
    return rc;
}

static bool is_empty(const struct identity *id)
{
    return id->application == 0 && id->version == 0 && id->tables == 0;
}

static int check_identity(const struct bench_history *h, const struct identity *id,
                          struct bench_err *err)
{
    if (is_empty(id))
        return BENCH_OK;
    if (id->application != BENCH_HISTORY_APPLICATION_ID || id->version < 1)
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: this is a database of another program, no history of bench "
                             "(application id %lld, expected %d); name another file",
                             h->path, (long long)id->application, BENCH_HISTORY_APPLICATION_ID);
    if (id->version > BENCH_HISTORY_VERSION)
        return bench_err_set(err, BENCH_EINPUT,
                             "%s: a newer bench wrote this history (version %lld; this program, "
                             "bench %s, knows up to %d): use that one, or name another file",
                             h->path, (long long)id->version, BENCH_VERSION, BENCH_HISTORY_VERSION);
    return BENCH_OK;
}

/* ---- how it is shared ---- */

/* The write-ahead log is shared through memory, which hosts do not have in common: on file systems
 * of several hosts SQLite's older journal is the safe one (sqlite.org/wal.html, "advantages and
 * disadvantages"). */
static bool is_of_several_hosts(const char *path)
{
    static const unsigned long network[] = {
        NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,         CIFS_SUPER_MAGIC,
        SMB2_SUPER_MAGIC, CEPH_SUPER_MAGIC,        AFS_SUPER_MAGIC,
        V9FS_MAGIC,       0x0bd00bd0 /* Lustre */, 0x47504653 /* GPFS */,
    };
    struct statfs fs;
    if (statfs(path, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof network / sizeof *network; i++)
        if (((unsigned long)fs.f_type & 0xffffffffUL) == network[i])
            return true;
    return false;
}

/* Changing the journal's kind is refused at once while another process opens the file for the first
 * time, whatever the busy timeout. */
static int use_write_ahead_log(struct bench_history *h, struct bench_err *err)
{
    static const char pragma[] = "PRAGMA journal_mode = WAL";
    const struct timespec pause = {.tv_nsec = 5000000};
    int64_t until = bench_clock_ns() + BENCH_HISTORY_PATIENCE_MS * INT64_C(1000000);
    if (is_of_several_hosts(h->path))
        return BENCH_OK;
    while (sqlite3_exec(h->db, pragma, NULL, NULL, NULL) != SQLITE_OK) {
        if (sqlite3_errcode(h->db) != SQLITE_BUSY || bench_clock_ns() > until)
            return bench_history_failed(h, "it cannot be set up", err);
        nanosleep(&pause, NULL);
    }
    return BENCH_OK;
}

/* ---- versions ---- */

static int step_up(struct bench_history *h, const char *const *schema, int64_t version,
                   struct bench_err *err)
{
    struct identity id;
    char pragma[128];
    /* Another process may have been here since we looked. */
    int rc = identify(h, &id, err);
    for (int64_t v = id.version; rc == BENCH_OK && v < version; v++)
        rc = bench_history_exec(h, schema[v], "its tables cannot be set up", err);
    if (rc != BENCH_OK)
        return rc;
    snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             BENCH_HISTORY_APPLICATION_ID, (int)(id.version > version ? id.version : version));
    return bench_history_exec(h, pragma, "its version cannot be set", err);
}

int bench_history_migrate(struct bench_history *h, const char *const *schema, int64_t version,
                          struct bench_err *err)
{
    int rc = bench_history_exec(h, "BEGIN IMMEDIATE", "it cannot be brought up to date", err);
    if (rc != BENCH_OK)
        return rc;
    rc = step_up(h, schema, version, err);
    if (rc == BENCH_OK)
        rc = bench_history_exec(h, "COMMIT", "it cannot be brought up to date", err);
    if (rc != BENCH_OK)
        sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

/* ---- opening ---- */

static void close_database(struct bench_history *h)
{
    sqlite3_close(h->db);
    h->db = NULL;
}

static int open_database(struct bench_history *h, const char *name, int flags,
                         struct bench_err *err)
{
    flags |= SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(name, &h->db, flags, NULL) != SQLITE_OK) {
        int rc = bench_history_failed(h, "it cannot be opened", err);
        close_database(h);
        return rc;
    }
    sqlite3_busy_timeout(h->db, BENCH_HISTORY_PATIENCE_MS);
    /* The file may come from anywhere: nothing in its schema is to run functions. */
    sqlite3_db_config(h->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(h->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return BENCH_OK;
}

/* Where nothing can be written beside the file, SQLite can make no index of its log, and does not
 * need one if there is no log. */
static int open_unchanging(struct bench_history *h, struct identity *id, struct bench_err *err)
{
    struct stat st;
    char *log = bench_xprintf("%s-wal", h->path);
    bool has_log = stat(log, &st) == 0 && st.st_size > 0;
    free(log);
    if (has_log)
        return BENCH_ERROR;
    struct bench_str uri;
    bench_str_init(&uri);
    bench_str_add(&uri, "file:");
    for (const char *c = h->path; *c; c++)
        bench_str_addf(&uri, strchr("%?#", *c) ? "%%%02x" : "%c", (unsigned char)*c);
    bench_str_add(&uri, "?immutable=1");
    int rc = open_database(h, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    bench_str_fini(&uri);
    return rc == BENCH_OK ? identify(h, id, err) : rc;
}

static int open_to_read(struct bench_history *h, struct identity *id, struct bench_err *err)
{
    int rc = open_database(h, h->path, SQLITE_OPEN_READONLY, err);
    if (rc != BENCH_OK)
        return rc;
    rc = identify(h, id, err);
    int code = sqlite3_errcode(h->db);
    if (rc == BENCH_OK || (code != SQLITE_CANTOPEN && code != SQLITE_READONLY))
        return rc;
    struct bench_err first = *err;
    close_database(h);
    rc = open_unchanging(h, id, err);
    if (rc != BENCH_OK)
        *err = first;
    return rc;
}

static int open_to_write(struct bench_history *h, struct identity *id, struct bench_err *err)
{
    char *folder = bench_path_dirname(h->path);
    int rc = bench_file_mkdirs(folder, err);
    free(folder);
    if (rc == BENCH_OK)
        rc = open_database(h, h->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    return rc == BENCH_OK ? identify(h, id, err) : rc;
}

static int bring_up(struct bench_history *h, const struct identity *id, struct bench_err *err)
{
    int rc = is_empty(id) ? use_write_ahead_log(h, err) : BENCH_OK;
    if (rc == BENCH_OK && id->version < BENCH_HISTORY_VERSION)
        rc = bench_history_migrate(h, bench_history_schema, BENCH_HISTORY_VERSION, err);
    if (rc == BENCH_OK)
        h->version = BENCH_HISTORY_VERSION;
    return rc;
}

/* An older file that is to be read: what it lacks can be done without where it cannot be written.
 */
static int open_older(struct bench_history *h, struct identity *id, struct bench_err *err)
{
    struct bench_err why = {0};
    close_database(h);
    int rc = open_to_write(h, id, &why);
    if (rc == BENCH_OK && bring_up(h, id, &why) == BENCH_OK)
        return BENCH_OK;
    close_database(h);
    rc = open_to_read(h, id, err);
    h->version = id->version;
    return rc;
}

static int set_up(struct bench_history *h, struct identity *id, enum bench_history_access access,
                  struct bench_err *err)
{
    int rc = check_identity(h, id, err);
    if (rc == BENCH_OK && access != BENCH_HISTORY_WRITE && is_empty(id))
        return bench_err_set(err, BENCH_ENOTFOUND, "%s: this file is empty: no run was recorded",
                             h->path);
    if (rc == BENCH_OK && access == BENCH_HISTORY_READ && id->version < BENCH_HISTORY_VERSION)
        rc = open_older(h, id, err);
    else if (rc == BENCH_OK)
        rc = bring_up(h, id, err);
    /* Pages that are mapped need no copying; what lies beyond is read as usual. */
    if (rc == BENCH_OK && access == BENCH_HISTORY_READ)
        rc = bench_history_exec(h, "PRAGMA mmap_size = 8589934592", "it cannot be set up", err);
    /* FULL: what was said to be recorded is on the disk. */
    if (rc == BENCH_OK)
        rc = bench_history_exec(h, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
                                "it cannot be set up", err);
    return rc;
}

int bench_history_open(const char *path, enum bench_history_access access,
                       struct bench_history **history, bool *created, struct bench_err *err)
{
    struct bench_err own = {0};
    struct identity id;
    bool is_there = bench_file_exists(path);
    err = err ? err : &own;
    *history = NULL;
    if (bench_file_is_dir(path))
        return bench_err_set(err, BENCH_EINPUT, "%s: this is a folder; name a file in it", path);
    if (access != BENCH_HISTORY_WRITE && !is_there)
        return bench_err_set(err, BENCH_ENOTFOUND,
                             "%s: there is no such file. A history begins with the first 'bench "
                             "run', or with 'bench history import FOLDER' of earlier runs",
                             path);
    struct bench_history *h = bench_xcalloc(1, sizeof *h);
    h->path = bench_xstrdup(path);
    int rc = access == BENCH_HISTORY_READ ? open_to_read(h, &id, err) : open_to_write(h, &id, err);
    if (rc == BENCH_OK)
        rc = set_up(h, &id, access, err);
    if (rc != BENCH_OK) {
        bench_history_close(h);
        return rc;
    }
    if (created != NULL)
        *created = is_empty(&id);
    *history = h;
    return BENCH_OK;
}
