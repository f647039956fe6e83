"""Whole models against llama.cpp's llama-bench, round by round in one run.

    python3 Benchmarks/Peers/llama_bench.py FILE... --llama-bench PATH [--plimsoll PATH]
        [--threads 2] [--rounds 5] [--prompt 128] [--generate 32] [--time SECONDS]

Each round runs both programs on each file, which of them first alternating. Both read a prompt into an
empty context (pp) and generate tokens from an empty context (tg), of random tokens, with keys and
values in half precision; loading is timed by neither. Printed are, for each file and kind, the medians,
the median of the paired ratios with their range, and in the end the geometric mean over the files.
For tg also both programs' share of the read bandwidth that Plimsoll measures between its samples: what
is left to 100 % is the most that any program could gain. `--prompt 0` leaves pp out; `--time` bounds
how long Plimsoll measures a row.
"""

import argparse
import json
import math
import os
import statistics
import subprocess


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--llama-bench", required=True)
    parser.add_argument("--plimsoll", default=".build/release/plimsoll")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--generate", type=int, default=32)
    parser.add_argument("--time", type=float)
    return parser.parse_args()


def output(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit("%s ended with %d: %s" % (command[0], done.returncode, done.stderr[-500:]))
    return json.loads(done.stdout)


def plimsoll(options, file):
    """Tokens a second by kind, the median of some calls, and tokens a second that the read bandwidth
    between the calls of tg would allow."""
    rates = {}
    bound = [] if options.time is None else [
        "--min-time", str(options.time), "--max-time", str(options.time)]
    for kind, name, prompt in (("prefill", "pp", options.prompt), ("decode", "tg", 0)):
        if kind == "prefill" and prompt == 0:
            continue
        document = output([
            options.plimsoll, "run", "decode", "--param", "model=" + file,
            "--param", "kind=" + kind, "--param", "prompt=%d" % prompt,
            "--param", "generate=%d" % options.generate, "--threads", str(options.threads),
            "--format", "json", "--quiet"] + bound)
        (result,) = document["results"]
        if result["status"] != "ok":
            raise SystemExit("plimsoll: %s" % result["reason"])
        rates[name] = result["rate"]["value"]
        if name == "tg" and result["ceiling"] == "read_bandwidth":
            rates["memory"] = rates[name] / result["efficiency"]
    return rates


def llama_bench(options, file):
    """Tokens a second by kind: the median of its repetitions, after its own warm-up."""
    rows = output([
        options.llama_bench, "-m", file, "-t", str(options.threads), "-p", str(options.prompt),
        "-n", str(options.generate), "-r", "3", "-ngl", "0", "-o", "json"])
    return {
        "pp" if row["n_gen"] == 0 else "tg": statistics.median(row["samples_ts"]) for row in rows
    }


def compare(options, file):
    """Pairs of (own, other) by kind, and of their shares of the read bandwidth when generating."""
    pairs = {"pp": [], "tg": []} if options.prompt else {"tg": []}
    shares = []
    for number in range(options.rounds):
        if number % 2:
            own, other = plimsoll(options, file), llama_bench(options, file)
        else:
            other, own = llama_bench(options, file), plimsoll(options, file)
        for kind in pairs:
            pairs[kind].append((own[kind], other[kind]))
        print("%s round %d: " % (os.path.basename(file), number + 1) + ", ".join(
            "%s %.2f against %.2f tok/s" % (kind, *pairs[kind][-1]) for kind in pairs), flush=True)
        if "memory" in own:
            shares.append((own["tg"] / own["memory"], other["tg"] / own["memory"]))
    return pairs, shares


def main():
    options = arguments()
    ratios = {"pp": [], "tg": []}
    lines = []
    for file in options.files:
        found, shares = compare(options, file)
        for kind, pairs in found.items():
            own, other = (statistics.median(side) for side in zip(*pairs))
            paired = sorted(own / other for own, other in pairs)
            ratios[kind].append(statistics.median(paired))
            lines.append("%-28s %s%-4d %9.2f %11.2f   %.3f (%.3f to %.3f)" % (
                os.path.basename(file), kind,
                options.prompt if kind == "pp" else options.generate, own, other,
                ratios[kind][-1], paired[0], paired[-1]))
        if shares:
            lines.append("    share of the read bandwidth: " + ", ".join(
                "%s %.2f (%.2f to %.2f)" % (name, statistics.median(side), min(side), max(side))
                for name, side in zip(("plimsoll", "llama-bench"), zip(*shares))))
    print("\n%-28s %-6s %9s %11s   ratio, median and range of %d rounds, %d threads" % (
        "file", "", "plimsoll", "llama-bench", options.rounds, options.threads))
    print("\n".join(lines))
    for kind, found in ratios.items():
        if not found:
            continue
        print("geometric mean %s: %.3f"
              % (kind, math.exp(statistics.fmean(math.log(ratio) for ratio in found))))


if __name__ == "__main__":
    main()
