#!/usr/bin/env python3
"""Holds plimsoll's predictions for llama.cpp on this processor against llama-bench.

    Tests/Peers/llama-speed.py test [--plimsoll .build/release/plimsoll] [--folder DIR]
    Tests/Peers/llama-speed.py fit --jsonl FILE --device NAME

For each synthetic file the box is measured and llama-bench (on the PATH) run at once after it, by plimsoll check
--fresh --verify, since a shared box changes by the minute. test prints a Markdown table, in per cent of what was
measured; fit appends measurements, of files that test doesn't use, for plimsoll calibrate. Files take up to 5 GB.
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
       ("llama-1b", "Q8_0", None), ("llama-1b", "Q6_K", None), ("llama-1b", "Q4_0", None),
       ("llama-1b", "Q4_K", None), ("llama-3b", "Q8_0", None), ("llama-3b", "Q4_0", None)]
TEST = [("llama-0.5b", "F16", None), ("llama-0.5b", "Q8_0", 4096), ("llama-0.5b", "Q4_K", None),
        ("qwen3-1.7b", "Q8_0", None), ("qwen3-1.7b", "Q6_K", None), ("qwen3-1.7b", "Q4_0", None),
        ("qwen3-4b", "Q4_K", None), ("llama-8b", "Q4_0", None), ("moe-2b", "Q8_0", 4096),
        ("moe-2b", "MXFP4", None), ("moe-4b", "Q4_0", None)]
NAMES = {"qwen3-0.6b": "Qwen/Qwen3-0.6B", "llama-1b": "meta-llama/Llama-3.2-1B",
         "llama-3b": "meta-llama/Llama-3.2-3B"}
MIXES = {"Q4_K": "Q4_K_S"}


def verified(plimsoll, path, context):
    command = [plimsoll, "check", path, "--fresh", "--verify", "--format", "json", "--quiet"]
    command += ["--context", str(context)] if context else []
    end = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if not end.stdout:
        sys.exit(f"{' '.join(command)} ended with {end.returncode} and said nothing")
    return json.loads(end.stdout)


def measurements(document, shape, weights, device):
    """The rates of one file as lines for plimsoll calibrate."""
    ceilings = {"read_bandwidth": document["box"]["read_bandwidth"]["value"],
                "fma_f32": document["box"]["peaks"]["f32"], "dot_i8": document["box"]["peaks"]["int8"]}
    for row in document["verification"]["rows"]:
        rate = {"decode": "decode_tok_s", "prefill": "prefill_tok_s"}[row["phase"]]
        length = {"decode": {"gen_tokens": 32}, "prefill": {"prompt_tokens": 128}}[row["phase"]]
        yield {"id": f"{device} {shape} {weights} {row['phase']} {row['depth']}", "kind": "inference",
               "device": device, "model": NAMES[shape], "quant": MIXES.get(weights, weights),
               "runtime": "llama.cpp llama-bench", "batch": 1, "ubatch": 512, "flash_attention": True,
               "context_depth": row["depth"], rate: round(row["measured"]["value"], 3), **length,
               "ceilings": ceilings, "date": datetime.date.today().isoformat(),
               "source": "Tests/Peers/llama-speed.py: synthetic weights, random numbers"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["test", "fit"])
    parser.add_argument("--plimsoll", default=".build/release/plimsoll")
    parser.add_argument("--folder", help="where the files go (default: a temporary folder)")
    parser.add_argument("--only", help="files whose name holds this")
    parser.add_argument("--jsonl", help="fit: the file to append to")
    parser.add_argument("--device", default="this processor", help="fit: what to call the box")
    options = parser.parse_args()
    errors = {"decode": [], "prefill": []}
    if options.what == "test":
        print("| file | what | after tokens | predicted | measured | off by | in its range |")
        print("| --- | --- | ---: | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for shape, weights, context in TEST if options.what == "test" else FIT:
            if options.only and options.only not in f"{shape}-{weights}":
                continue
            path = os.path.join(folder, f"{shape}-{weights}.gguf")
            synthetic.write(path, shape, weights)
            document = verified(options.plimsoll, path, context)
            os.remove(path)
            if options.what == "fit":
                with open(options.jsonl, "a") as file:
                    for line in measurements(document, shape, weights, options.device):
                        print(json.dumps(line), file=file)
                continue
            for row in document["verification"]["rows"]:
                predicted, measured = row["predicted"], row["measured"]["value"]
                error = predicted["value"] / measured - 1
                errors[row["phase"]].append(abs(error))
                inside = "yes" if predicted["low"] <= measured <= predicted["high"] else "no"
                print(f"| {shape} {weights} | {row['phase']} | {row['depth']} | {predicted['value']:.1f} | "
                      f"{measured:.1f} | {error:+.0%} | {inside} |", flush=True)
    for phase, values in errors.items():
        if values:
            print(f"\n{phase}: median error {statistics.median(values):.1%}, worst {max(values):.1%}")


main()
