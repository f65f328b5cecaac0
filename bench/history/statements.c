#include "bench/history/statements.h"

const char *const bench_history_statements[BENCH_HISTORY_STATEMENTS] = {
    [BENCH_HISTORY_FIND_DEVICE] =
        "SELECT id FROM devices WHERE name = ?1 AND kind = ?2 AND uuid = ?3 AND arch = ?4",
    [BENCH_HISTORY_INSERT_DEVICE] =
        "INSERT INTO devices (name, kind, uuid, arch) VALUES (?1, ?2, ?3, ?4)",
    [BENCH_HISTORY_FIND_ENVIRONMENT] =
        "SELECT id FROM environments WHERE driver = ?1 AND compiler = ?2 AND libraries = ?3 AND "
        "python = ?4 AND bench_version = ?5 AND host = ?6 AND system = ?7",
    [BENCH_HISTORY_INSERT_ENVIRONMENT] =
        "INSERT INTO environments (driver, compiler, libraries, python, bench_version, host, "
        "system) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [BENCH_HISTORY_FIND_OPERATOR] = "SELECT id FROM operators WHERE name = ?1",
    [BENCH_HISTORY_INSERT_OPERATOR] = "INSERT INTO operators (name) VALUES (?1)",
    [BENCH_HISTORY_FIND_CASE] = "SELECT id FROM cases WHERE operator_id = ?1 AND dtype = ?2 AND "
                                "shape = ?3 AND params = ?4",
    [BENCH_HISTORY_INSERT_CASE] =
        "INSERT INTO cases (operator_id, dtype, shape, params) VALUES (?1, ?2, ?3, ?4)",
    [BENCH_HISTORY_FIND_IMPLEMENTATION] =
        "SELECT id FROM implementations WHERE operator_id = ?1 AND name = ?2 AND variant = ?3 AND "
        "library = ?4 AND source_hash = ?5 AND binary_hash = ?6",
    [BENCH_HISTORY_INSERT_IMPLEMENTATION] =
        "INSERT INTO implementations (operator_id, name, variant, library, source_hash, "
        "binary_hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [BENCH_HISTORY_FIND_STATUS] = "SELECT id FROM statuses WHERE name = ?1",
    [BENCH_HISTORY_INSERT_STATUS] = "INSERT INTO statuses (name) VALUES (?1)",
    [BENCH_HISTORY_FIND_REASON] = "SELECT id FROM reasons WHERE text = ?1",
    [BENCH_HISTORY_INSERT_REASON] = "INSERT INTO reasons (text) VALUES (?1)",
    [BENCH_HISTORY_FIND_RUN] = "SELECT id, device_id, results FROM runs WHERE uid = ?1",
    [BENCH_HISTORY_LAST_OF_SECOND] =
        "SELECT id FROM runs WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1",
    [BENCH_HISTORY_INSERT_RUN] =
        "INSERT INTO runs (id, uid, name, folder, suite, started, duration_s, device_id, "
        "environment_id, commit_id, dirty, mode, cache, seed, command, settings, exit_code, "
        "confirmations, noise_floor, results, recorded) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
        "?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, unixepoch())",
    [BENCH_HISTORY_INSERT_RESULT] =
        "INSERT INTO results (case_id, run_id, role, implementation_id, device_id, status_id, "
        "reason_id, time_ms, low_ms, high_ms, notes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
        "?10, ?11)",
    [BENCH_HISTORY_INSERT_DECISION] =
        "INSERT INTO decisions (operator_id, run_id, criterion, answer, estimate, low, high, "
        "threshold, processes, reason_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [BENCH_HISTORY_INSERT_RUN_DEVICE] =
        "INSERT INTO run_devices (run_id, device_id, results) VALUES (?1, ?2, ?3)",
    [BENCH_HISTORY_HAS_RUN_DEVICE] = "SELECT 1 FROM run_devices WHERE run_id = ?1",
    [BENCH_HISTORY_COMPLETE_RESULT] =
        "UPDATE results SET device_id = ?1 WHERE run_id = ?2 AND role = ?3 AND case_id = (SELECT "
        "cases.id FROM cases JOIN operators ON operators.id = operator_id WHERE operators.name = "
        "?4 AND dtype = ?5 AND shape = ?6 AND params = ?7)",
};
