#!/usr/bin/env python3
"""Holds plimsoll's predictions for llama.cpp on this processor against llama-bench.

    Tests/Peers/llama-speed.py test [--rounds 3] [--plimsoll .build/release/plimsoll] [--folder DIR]
    Tests/Peers/llama-speed.py fit --jsonl FILE --device NAME
    Tests/Peers/llama-speed.py prompts --jsonl FILE --device NAME

For each synthetic file the box is measured and llama-bench (on the PATH) run at once after it, by plimsoll check
--fresh --verify, since a shared box changes by the minute. test prints a Markdown table: of all rounds, each of which
takes every file once, the median of what was predicted over what was measured, and how far it went. fit appends
measurements, of files that test doesn't use, for plimsoll calibrate; prompts too, of prompts of 128, 512 and 4096
tokens alone, the longest for what attention takes, read by the first layers of bigger models. Files of one round
stay for the next: 20 GB.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile

import synthetic

#       shape, weights, context: with one, also after so many tokens
FIT = [("qwen3-0.6b", "F16", 4096), ("qwen3-0.6b", "Q8_0", 4096), ("qwen3-0.6b", "Q6_K", None),
       ("qwen3-0.6b", "Q4_0", 4096), ("qwen3-0.6b", "Q4_K", 4096), ("llama-1b", "F16", None),
       ("llama-1b", "Q8_0", 4096), ("llama-1b", "Q6_K", None), ("llama-1b", "Q4_0", None),
       ("llama-1b", "Q4_K", None), ("llama-3b", "Q8_0", None), ("llama-3b", "Q4_0", None)]
#       shape, weights, layers that are left of it
PROMPTS = [("qwen3-0.6b", "F16", None), ("qwen3-0.6b", "Q4_K", None), ("llama-1b", "Q4_K", None),
           ("llama-3b", "Q8_0", 6), ("llama-3b", "Q6_K", 6), ("llama-3b", "Q4_0", 6), ("llama-3b", "Q4_K", 6),
           ("qwen3-8b", "Q8_0", 4), ("qwen3-8b", "Q6_K", 4), ("qwen3-8b", "Q4_0", 4), ("qwen3-8b", "Q4_K", 4),
           ("qwen3-30b-a3b", "F16", 2), ("qwen3-30b-a3b", "Q8_0", 3), ("qwen3-30b-a3b", "Q6_K", 3),
           ("qwen3-30b-a3b", "Q4_0", 3), ("qwen3-30b-a3b", "Q4_K", 3), ("qwen3-30b-a3b", "MXFP4_MOE", 3)]
TEST = [("llama-0.5b", "F16", None), ("llama-0.5b", "Q8_0", 4096), ("llama-0.5b", "Q4_K", None),
        ("qwen3-1.7b", "Q8_0", None), ("qwen3-1.7b", "Q6_K", None), ("qwen3-1.7b", "Q4_0", None),
        ("qwen3-4b", "Q4_K", None), ("llama-8b", "Q4_0", None), ("moe-2b", "Q8_0", 4096),
        ("moe-2b", "MXFP4", None), ("moe-4b", "Q4_0", None)]
NAMES = {"qwen3-0.6b": "Qwen/Qwen3-0.6B", "llama-1b": "meta-llama/Llama-3.2-1B",
         "llama-3b": "meta-llama/Llama-3.2-3B", "qwen3-8b": "Qwen/Qwen3-8B",
         "qwen3-30b-a3b": "Qwen/Qwen3-30B-A3B"}
MIXES = {"Q4_K": "Q4_K_S", "MXFP4_MOE": "MXFP4"}


def checked(plimsoll, path, *more):
    command = [plimsoll, "check", path, "--fresh", "--format", "json", "--quiet", *more]
    end = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if not end.stdout:
        sys.exit(f"{' '.join(command)} ended with {end.returncode} and said nothing")
    return json.loads(end.stdout)


def verified(plimsoll, path, context):
    return checked(plimsoll, path, "--verify", *(["--context", str(context)] if context else []))


def prompt_rates(path):
    """Prompt lengths with the median rate of llama-bench, on processors alone: of three, or one of a long prompt."""
    for more in "-p 128,512 -r 3", "-p 4096 -r 1 --no-warmup":
        command = ["llama-bench", "-m", path, *more.split(), "-n", "0", "-fa", "1", "-t",
                   str(len(os.sched_getaffinity(0))), "-dev", "none", "-ngl", "0", "-o", "jsonl"]
        end = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        for line in map(json.loads, end.stdout.splitlines()):
            yield line["n_prompt"], statistics.median(line["samples_ts"])


def measurement(document, shape, weights, device, **more):
    """A line for plimsoll calibrate."""
    box = document["box"]
    ceilings = {"read_bandwidth": box["read_bandwidth"]["value"], "fma_f32": box["peaks"]["f32"],
                "dot_i8": box["peaks"]["int8"]}
    return {"kind": "inference", "device": device, "model": NAMES[shape], "quant": MIXES.get(weights, weights),
            "runtime": "llama.cpp llama-bench", "batch": 1, "ubatch": 512, "flash_attention": True, **more,
            "ceilings": ceilings, "date": datetime.date.today().isoformat(),
            "source": "Tests/Peers/llama-speed.py: synthetic weights, random numbers"}


def measurements(document, shape, weights, device):
    """The rates of one verified file as such lines."""
    for row in document["verification"]["rows"]:
        rate = {"decode": "decode_tok_s", "prefill": "prefill_tok_s"}[row["phase"]]
        length = {"decode": {"gen_tokens": 32}, "prefill": {"prompt_tokens": 128}}[row["phase"]]
        yield measurement(document, shape, weights, device, context_depth=row["depth"], **length,
                          id=f"{device} {shape} {weights} {row['phase']} {row['depth']}",
                          **{rate: round(row["measured"]["value"], 3)})


def files(options, rows):
    """Every row in every round, each with a file that is written in the first."""
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for round in range(options.rounds):
            for shape, weights, more in rows:
                name = f"{shape}-{weights}"
                if options.only and not any(part in name for part in options.only.split(",")):
                    continue
                path = os.path.join(folder, f"{name}.gguf")
                if round == 0:
                    synthetic.write(path, shape, weights, cut=more if rows is PROMPTS else None)
                print(f"round {round + 1} of {options.rounds}: {name}", file=sys.stderr, flush=True)
                yield path, shape, weights, more


def append(options, line):
    with open(options.jsonl, "a") as file:
        print(json.dumps(line), file=file)


def measure_prompts(options):
    """Appends the lines of prompts, each box measured just before its file."""
    for path, shape, weights, layers in files(options, PROMPTS):
        document = checked(options.plimsoll, path)
        for tokens, rate in prompt_rates(path):
            append(options, measurement(
                document, shape, weights, options.device, context_depth=0, prompt_tokens=tokens,
                id=f"{options.device} {shape} {weights} prompt of {tokens}", prefill_tok_s=round(rate, 3),
                **({"layers": layers} if layers else {})))


def measure_fit(options):
    """Appends the lines of whole files."""
    for path, shape, weights, context in files(options, FIT):
        for line in measurements(verified(options.plimsoll, path, context), shape, weights, options.device):
            append(options, line)


def test(options):
    """Prints how far predictions lay from rates; an interrupt ends the rounds, and what there is is printed."""
    pairs = {}
    try:
        for path, shape, weights, context in files(options, TEST):
            for row in verified(options.plimsoll, path, context)["verification"]["rows"]:
                pair = row["predicted"], row["measured"]["value"]
                pairs.setdefault((f"{shape} {weights}", row["phase"], row["depth"]), []).append(pair)
    except KeyboardInterrupt:
        pass
    print("| file | what | after tokens | predicted | measured | off by | from | to | in its range |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    errors = {"decode": [], "prefill": []}
    for (name, phase, depth), rounds in pairs.items():
        ratios = sorted(predicted["value"] / measured - 1 for predicted, measured in rounds)
        error = statistics.median(ratios)
        errors[phase].append(abs(error))
        inside = sum(predicted["low"] <= measured <= predicted["high"] for predicted, measured in rounds)
        print(f"| {name} | {phase} | {depth} | {statistics.median(p['value'] for p, _ in rounds):.1f} | "
              f"{statistics.median(m for _, m in rounds):.1f} | {error:+.0%} | {ratios[0]:+.0%} | {ratios[-1]:+.0%} | "
              f"{inside} of {len(rounds)} |", flush=True)
    for phase, values in errors.items():
        if values:
            print(f"\n{phase}: median error {statistics.median(values):.1%}, worst {max(values):.1%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["test", "fit", "prompts"])
    parser.add_argument("--plimsoll", default=".build/release/plimsoll")
    parser.add_argument("--folder", help="where the files go (default: a temporary folder)")
    parser.add_argument("--only", help="files whose name holds one of these, a comma between")
    parser.add_argument("--rounds", type=int, default=3, help="how often each file is measured (default: 3)")
    parser.add_argument("--jsonl", help="fit, prompts: the file to append to")
    parser.add_argument("--device", default="this processor", help="fit, prompts: what to call the box")
    options = parser.parse_args()
    if options.what != "test" and not options.jsonl:
        parser.error(f"{options.what} needs --jsonl FILE, the file to append to")
    {"test": test, "fit": measure_fit, "prompts": measure_prompts}[options.what](options)


main()
