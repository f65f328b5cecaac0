#!/usr/bin/env python3
"""How validate and select grow: time and memory over the number of cases, and against the Python
tools that came before (earlier.py). All in one run, so that ratios are of one machine in one state.

    scale.py BENCH OUT_FOLDER [--quick] [--earlier FOLDER]

FOLDER has the earlier tools themselves, validate_data.py and filter_ops.py, of commit e08f5a9 of
https://github.com/Schopenhauer-loves-Hegel/FlagGems (src/flag_gems/experimental/tools). Without it
their place is taken by earlier.py, which does less.

Writes scale.json and scale.svg. The files: half-precision, float and bfloat16, two dimensions, times
with six decimals as FlagGems' benchmark prints them (and once with all digits), the reference file
in another order, speedups around the threshold. Peak memory is the operating system's (ru_maxrss).
"""
import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = ["your.json", "flaggems.json"]
DTYPES = ["float16", "float32", "bfloat16"]


def write_data(folder, operators, cases, digits):
    """FILES, the reference data in another order."""
    rng = random.Random(2026)
    your, flaggems = {}, {}
    for op in range(operators):
        mine, theirs = [], []
        factor = rng.uniform(0.9, 1.6)
        for i in range(cases):
            case = {"shape": [2 ** (i % 11), i // 3 + 1], "dtype": DTYPES[i % 3]}
            cuda = round(rng.lognormvariate(-2, 1) + 1e-3, digits)
            time_ms = round(cuda * rng.uniform(0.6, 1.2), digits)
            reference = round(time_ms * factor * rng.uniform(0.9, 1.1), digits)
            mine.append(dict(case, your_time=time_ms, cuda_time=cuda))
            theirs.append(dict(case, flaggems_time=reference, cuda_time=cuda))
        rng.shuffle(theirs)
        your[f"op_{op}"] = {"configs": mine}
        flaggems[f"op_{op}"] = {"configs": theirs}
    for name, data in zip(FILES, (your, flaggems)):
        with open(os.path.join(folder, name), "w") as file:
            json.dump(data, file)


def run(command, folder):
    """Wall clock and processor seconds, and peak bytes, of one process."""
    began = time.monotonic()
    pid = os.posix_spawn(command[0], command, os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                                       (os.POSIX_SPAWN_OPEN, 2, os.path.join(folder, "err"),
                                        os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)])
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - began
    if status:
        with open(os.path.join(folder, "err")) as file:
            raise SystemExit(f"{' '.join(command)}: status {status}\n{file.read()}")
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime,
            "peak_bytes": usage.ru_maxrss * 1024}


def best(command, folder, times):
    runs = [run(command, folder) for _ in range(times)]
    return {"wall_s": min(r["wall_s"] for r in runs), "cpu_s": min(r["cpu_s"] for r in runs),
            "peak_bytes": max(r["peak_bytes"] for r in runs)}


def run_earlier(data, folder, tools):
    """Both earlier tools one after the other; without them, earlier.py alone."""
    output = os.path.join(folder, "earlier.json")
    if not tools:
        commands = [[sys.executable, os.path.join(HERE, "earlier.py"), data[1], data[3], output]]
    else:
        commands = [[sys.executable, os.path.join(tools, "validate_data.py"), "--quiet"] + data,
                    [sys.executable, os.path.join(tools, "filter_ops.py"), "--quiet", "--batch", "1",
                     "--output", output] + data]
    runs = [run(command, folder) for command in commands]
    return {"tools": [os.path.basename(command[1]) for command in commands],
            "wall_s": sum(r["wall_s"] for r in runs), "cpu_s": sum(r["cpu_s"] for r in runs),
            "each_cpu_s": [r["cpu_s"] for r in runs],
            "peak_bytes": max(r["peak_bytes"] for r in runs)}


def measure(bench, operators, cases, digits, times, earlier=False, tools=None):
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: the peak of what this one starts begins at its own size.
        subprocess.run([sys.executable, os.path.abspath(__file__), "--write", folder, str(operators),
                        str(cases), str(digits)], check=True)
        size = sum(os.path.getsize(os.path.join(folder, name)) for name in FILES)
        data = ["--your-data", os.path.join(folder, "your.json"),
                "--flaggems-data", os.path.join(folder, "flaggems.json")]
        output = os.path.join(folder, "selected.json")
        row = {"operators": operators, "cases": operators * cases, "digits": digits,
               "input_bytes": size,
               "validate": best([bench, "validate"] + data, folder, times),
               "select": best([bench, "select", "--batch", "1", "--output", output] + data, folder,
                              times)}
        row["output_bytes"] = os.path.getsize(output)
        if earlier:
            row["earlier"] = run_earlier(data, folder, tools)
    for name in ("wall_s", "cpu_s"):
        row[name] = row["validate"][name] + row["select"][name]
        if earlier:
            row["times_faster_" + name[:-2]] = row["earlier"][name] / row[name]
    row["memory_over_input"] = max(row[c]["peak_bytes"] for c in ("validate", "select")) / size
    print(f"{row['cases']:>9} cases, {size / 1e6:7.1f} MB: validate "
          f"{row['validate']['cpu_s']:.2f} s, select {row['select']['cpu_s']:.2f} s of processor "
          f"time, {row['memory_over_input']:.2f} times the input in memory"
          + (f"; earlier {row['earlier']['cpu_s']:.1f} s, {row['times_faster_cpu']:.0f} times "
             f"(wall clock {row['times_faster_wall']:.0f})" if earlier else ""), flush=True)
    return row


def svg(rows, path):
    """Processor time over cases, both from zero: a straight line is linear growth."""
    width, height, left, bottom = 640, 360, 60, 40
    most_x = max(r["cases"] for r in rows)
    most_y = max(r["cpu_s"] for r in rows) * 1.1

    def x(v):
        return left + v / most_x * (width - left - 20)

    def y(v):
        return height - bottom - v / most_y * (height - bottom - 20)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<path d="M{left} 20V{height - bottom}H{width - 20}" fill="none" stroke="black"/>']
    for i in range(5):
        v = most_x * i / 4
        out.append(f'<text x="{x(v):.0f}" y="{height - bottom + 16}" text-anchor="middle">'
                   f'{v / 1000:.0f}k</text>')
        t = most_y * i / 4
        out.append(f'<text x="{left - 6}" y="{y(t) + 4:.0f}" text-anchor="end">{t:.2f}</text>')
    for key, colour, name in (("validate", "#1f77b4", "validate"), ("select", "#d62728", "select")):
        points = " ".join(f"{x(r['cases']):.1f},{y(r[key]['cpu_s']):.1f}" for r in rows)
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x(r["cases"]):.1f}" cy="{y(r[key]["cpu_s"]):.1f}" r="3" '
                f'fill="{colour}"/>' for r in rows]
        last = rows[-1]
        out.append(f'<text x="{x(last["cases"]) - 8:.0f}" y="{y(last[key]["cpu_s"]) - 8:.0f}" '
                   f'text-anchor="end" fill="{colour}">{name}</text>')
    out += [f'<text x="{(left + width) / 2:.0f}" y="{height - 6}" text-anchor="middle">cases (both '
            'files)</text>',
            f'<text x="14" y="{height / 2:.0f}" text-anchor="middle" transform="rotate(-90 14 '
            f'{height / 2:.0f})">processor seconds</text>', "</svg>"]
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")


def main():
    if sys.argv[1:2] == ["--write"]:
        write_data(sys.argv[2], *map(int, sys.argv[3:]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("out")
    parser.add_argument("--quick", action="store_true", help="a hundredth of the cases")
    parser.add_argument("--earlier", help="folder of validate_data.py and filter_ops.py")
    args = parser.parse_args()
    bench = os.path.abspath(args.bench)
    os.makedirs(args.out, exist_ok=True)
    part = 10 if args.quick else 1
    version = subprocess.run([bench, "--version"], capture_output=True, text=True, check=False)
    result = {"bench_version": version.stdout.strip(), "python": platform.python_version(),
              "processors": os.cpu_count(), "load_before": os.getloadavg()[0]}
    result["against_earlier"] = [measure(bench, 200 // part, 2000 // part, digits, 5, earlier=True,
                                         tools=args.earlier) for digits in (6, 17)]
    result["growth"] = [measure(bench, operators // part, 2000 // part, 6, 3)
                        for operators in (50, 100, 200, 300, 400, 500)]
    result["one_operator"] = measure(bench, 1, 1000000 // part // part, 6, 1)
    result["load_after"] = os.getloadavg()[0]
    with open(os.path.join(args.out, "scale.json"), "w") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
    svg(result["growth"], os.path.join(args.out, "scale.svg"))


if __name__ == "__main__":
    main()
