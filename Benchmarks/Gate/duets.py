#!/usr/bin/env python3
"""Counts what plimsoll duet says of a program against itself, and of a slowdown by 5 %.

    Benchmarks/Gate/duets.py same 15 --suite ci [--busy --threads 1] [--csv FILE]
    Benchmarks/Gate/duets.py rehearsal 20 --suite Benchmarks/Gate/rehearsal.suite

same: duets of a program against itself, in which every row that is found slower is a false alarm.
rehearsal: new makes 21 calls for 20, and every row that is found the same is a missed slowdown. Each
duet appends a line to the CSV file.
"""
import argparse
import csv
import datetime
import json
import os
import subprocess
import sys
import time

FIELDS = ["date", "system", "kind", "condition", "what", "threads", "verdict", "exit_code", "rows",
          "slower", "same", "faster", "inconclusive", "failed", "skipped", "canary", "seconds"]

# Ends by itself when whoever started it is gone, however that ended.
BURNER = "import os\nstarter = os.getppid()\nwhile os.getppid() == starter:\n  for _ in range(10**6): pass"


def duet(arguments, options):
    """Runs one duet; the line of the CSV file."""
    command = [options.plimsoll, "duet", "--base", options.base or options.plimsoll,
               "--new", options.plimsoll, "--format", "json", "--quiet",
               "--seed", str(time.time_ns() % 2**32)] + arguments
    command += ["--rehearse"] if options.kind == "rehearsal" else []
    burner = subprocess.Popen([sys.executable, "-c", BURNER]) if options.busy else None
    start = time.monotonic()
    try:
        end = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    finally:
        if burner:
            burner.kill()
            burner.wait()
    seconds = time.monotonic() - start
    if not end.stdout:
        sys.exit(f"{' '.join(command)} ended with {end.returncode} and said nothing")
    document = json.loads(end.stdout)
    if document["interrupted"]:
        sys.exit(130)
    compared = [row["verdict"] for row in document["rows"] if row["status"] == "ok"]
    statuses = [row["status"] for row in document["rows"]]
    counts = {verdict: compared.count(verdict)
              for verdict in ["slower", "same", "faster", "inconclusive"]}
    return counts | {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "system": f"{os.uname().machine}, {os.cpu_count()} processors",
        "kind": options.kind, "condition": options.condition or ("busy" if options.busy else "quiet"),
        "what": os.path.basename(options.suite), "threads": options.threads or "all",
        "verdict": document["verdict"], "exit_code": end.returncode,
        "rows": len(document["rows"]), "failed": statuses.count("failed"),
        "skipped": statuses.count("skipped"),
        "canary": (document["canary"] or {}).get("verdict", "none"), "seconds": round(seconds, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=["same", "rehearsal"])
    parser.add_argument("count", type=int, help="duets")
    parser.add_argument("--suite", default="ci", help="name or file")
    parser.add_argument("--busy", action="store_true", help="keep one processor busy meanwhile")
    parser.add_argument("--condition", help="what to call the box's condition (default: quiet or busy)")
    parser.add_argument("--threads", help="as of plimsoll duet")
    parser.add_argument("--max-time", default="600")
    parser.add_argument("--plimsoll", default=".build/release/plimsoll")
    parser.add_argument("--base", help="another build of the same source (default: the same file)")
    parser.add_argument("--csv", default=os.path.join(os.path.dirname(__file__), "duets.csv"))
    options = parser.parse_args()
    arguments = ["--suite", options.suite, "--max-time", options.max_time]
    arguments += ["--threads", options.threads] if options.threads else []
    for _ in range(options.count):
        line = duet(arguments, options)
        is_new = not os.path.exists(options.csv)
        with open(options.csv, "a", newline="") as file:
            writer = csv.DictWriter(file, FIELDS)
            if is_new:
                writer.writeheader()
            writer.writerow(line)
        print(", ".join(f"{field} {line[field]}" for field in FIELDS[2:]), flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
