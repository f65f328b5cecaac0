#include "bench/history/schema.h"

/*
 * A course is one range of `results`: its key begins with the case, and goes on with the run, whose
 * number grows with the time of its start. WITHOUT ROWID, because the key is the order on disk.
 * Texts that many rows share are rows of their own. Times are as measured, in milliseconds, to the
 * last bit; what needs logarithms takes them when it reads.
 *
 * There is no index of results by run: it would be a third of the file, and what asks by run (a
 * deletion) goes over all cases, each of which is a range.
 */
static const char version_1[] =
    "CREATE TABLE devices (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  kind TEXT NOT NULL,\n" /* cuda, cpu, null */
    "  name TEXT NOT NULL,\n"
    "  uuid TEXT NOT NULL,\n"
    "  arch TEXT NOT NULL,\n"
    "  UNIQUE (name, kind, uuid, arch)) STRICT;\n"

    "CREATE TABLE environments (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  driver TEXT NOT NULL,\n"
    "  compiler TEXT NOT NULL,\n"
    "  libraries TEXT NOT NULL,\n"
    "  python TEXT NOT NULL,\n"
    "  bench_version TEXT NOT NULL,\n"
    "  host TEXT NOT NULL,\n"
    "  system TEXT NOT NULL,\n"
    "  UNIQUE (driver, compiler, libraries, python, bench_version, host, system)) STRICT;\n"

    "CREATE TABLE operators (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  name TEXT NOT NULL UNIQUE) STRICT;\n"

    "CREATE TABLE cases (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  operator_id INTEGER NOT NULL REFERENCES operators,\n"
    "  dtype TEXT NOT NULL,\n"
    "  shape TEXT NOT NULL,\n"
    "  params TEXT NOT NULL,\n"
    "  UNIQUE (operator_id, dtype, shape, params)) STRICT;\n"

    "CREATE TABLE implementations (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  operator_id INTEGER NOT NULL REFERENCES operators,\n"
    "  name TEXT NOT NULL,\n"
    "  variant TEXT NOT NULL,\n"
    "  library TEXT NOT NULL,\n" /* version of the library that it calls */
    "  source_hash TEXT NOT NULL,\n"
    "  binary_hash TEXT NOT NULL,\n"
    "  UNIQUE (operator_id, name, variant, library, source_hash, binary_hash)) STRICT;\n"

    "CREATE TABLE statuses (\n"
    "  id INTEGER PRIMARY KEY,\n" /* 1 is "ok" */
    "  name TEXT NOT NULL UNIQUE) STRICT;\n"
    "INSERT INTO statuses (id, name) VALUES (1, 'ok');\n"

    "CREATE TABLE reasons (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  text TEXT NOT NULL UNIQUE) STRICT;\n"

    "CREATE TABLE roles (\n"
    "  id INTEGER PRIMARY KEY,\n"
    "  name TEXT NOT NULL UNIQUE) STRICT;\n"
    "INSERT INTO roles (id, name) VALUES (0, 'candidate'), (1, 'reference'), (2, 'baseline');\n"

    "CREATE TABLE runs (\n"
    "  id INTEGER PRIMARY KEY,\n" /* started * 1000 + 0, 1, 2, …: in the order of time */
    "  uid TEXT NOT NULL UNIQUE,\n"
    "  name TEXT NOT NULL,\n"
    "  folder TEXT NOT NULL,\n"
    "  suite TEXT NOT NULL,\n"
    "  started INTEGER NOT NULL,\n" /* seconds since 1970, UTC */
    "  duration_s REAL,\n"
    "  device_id INTEGER NOT NULL REFERENCES devices,\n"
    "  environment_id INTEGER NOT NULL REFERENCES environments,\n"
    "  commit_id TEXT NOT NULL,\n"
    "  dirty INTEGER NOT NULL,\n"
    "  mode TEXT NOT NULL,\n"
    "  cache TEXT NOT NULL,\n"
    "  seed INTEGER NOT NULL,\n"
    "  command TEXT NOT NULL,\n"
    "  settings TEXT NOT NULL,\n"
    "  exit_code INTEGER NOT NULL,\n"
    "  confirmations INTEGER NOT NULL,\n"
    "  noise_floor REAL,\n"
    "  results INTEGER NOT NULL,\n"          /* how many rows of `results` it has */
    "  recorded INTEGER NOT NULL) STRICT;\n" /* when, seconds since 1970 */

    "CREATE TABLE results (\n"
    "  case_id INTEGER NOT NULL REFERENCES cases,\n"
    "  run_id INTEGER NOT NULL REFERENCES runs,\n"
    "  role INTEGER NOT NULL REFERENCES roles,\n"
    "  implementation_id INTEGER REFERENCES implementations,\n"
    "  device_id INTEGER REFERENCES devices,\n" /* NULL: the run's */
    "  status_id INTEGER NOT NULL REFERENCES statuses,\n"
    "  reason_id INTEGER REFERENCES reasons,\n"
    "  time_ms REAL,\n"
    "  low_ms REAL,\n"
    "  high_ms REAL,\n"
    "  notes INTEGER NOT NULL,\n" /* 1: near the floor; 2: throttled */
    "  PRIMARY KEY (case_id, run_id, role)) STRICT, WITHOUT ROWID;\n"

    "CREATE TABLE decisions (\n"
    "  operator_id INTEGER NOT NULL REFERENCES operators,\n"
    "  run_id INTEGER NOT NULL REFERENCES runs,\n"
    "  criterion TEXT NOT NULL,\n"
    "  answer TEXT NOT NULL,\n"
    "  estimate REAL,\n"
    "  low REAL,\n"
    "  high REAL,\n"
    "  threshold REAL,\n"
    "  processes INTEGER NOT NULL,\n"
    "  reason_id INTEGER REFERENCES reasons,\n"
    "  PRIMARY KEY (operator_id, run_id, criterion)) STRICT, WITHOUT ROWID;\n";

/*
 * Which devices a run's results are on, and how many on each. Version 1 wrote all of a run on
 * several devices as if they were on the first, and nothing in the file tells such a run from
 * others: so runs of that version have no rows here, until they are recorded again from their
 * folders (bench_history_add).
 */
static const char version_2[] = "CREATE TABLE run_devices (\n"
                                "  run_id INTEGER NOT NULL REFERENCES runs,\n"
                                "  device_id INTEGER NOT NULL REFERENCES devices,\n"
                                "  results INTEGER NOT NULL,\n"
                                "  PRIMARY KEY (run_id, device_id)) STRICT, WITHOUT ROWID;\n";

const char *const bench_history_schema[BENCH_HISTORY_VERSION] = {version_1, version_2};
