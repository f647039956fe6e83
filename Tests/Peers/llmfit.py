#!/usr/bin/env python3
"""llmfit's figures beside Plimsoll's, for the same cases, against the truth.

    Tests/Peers/llmfit.py speed [--plimsoll .build/release/plimsoll]
    Tests/Peers/llmfit.py memory --llama-fit-params BIN [--plimsoll .build/release/plimsoll]

speed: decoding of one sequence with llama.cpp at a short context, as published (Benchmarks/Published), on devices
of our catalogue and models of both. llmfit gets each device's bandwidth, memory and arithmetic as a hardware
profile. Ours are of a fit in which these rates took part; plimsoll calibrate tells the error where they did not.
memory: against what llama.cpp would allocate, Q8_0 throughout. Needs the PyPI packages llmfit, gguf and numpy.
"""
import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def output(command):
    end = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        return json.loads(end.stdout)
    except ValueError:
        return None


def plan(folder, memory, bandwidth, arithmetic, model, context, quant):
    """llmfit's plan for a box of one memory, since it takes no card that it can't see."""
    path = os.path.join(folder, "box.json")
    with open(path, "w") as file:
        json.dump({"schema_version": 1, "name": "box", "hardware": {
            "total_ram_gb": memory, "unified_memory": True, "gpu_memory_bandwidth_gbps": bandwidth,
            "ddr_bandwidth_gbps": bandwidth, "gpu_compute_tflops_fp16": arithmetic}}, file)
    return output(["llmfit", "--profile", path, "plan", model, "--context", str(context), "--quant", quant, "--json"])


def speed(options, folder):
    with open(os.path.join(ROOT, "Sources/Capacity/Boxes/devices.json")) as file:
        devices = {device["id"]: device for device in json.load(file)["devices"]}
    cases = {}
    with open(os.path.join(ROOT, "Benchmarks/Published/measurements.jsonl")) as file:
        for row in map(json.loads, file):
            if (row.get("device") in devices and row.get("decode_tok_s") and "llama.cpp" in (row.get("runtime") or "")
                    and row.get("batch", 1) == 1 and row.get("device_count", 1) == 1 and not row.get("suspect")
                    and (row.get("context_depth") or 0) + (row.get("prompt_tokens") or 0) <= 512):
                key = row["device"], row["model"], row["quant"]
                cases.setdefault(key, []).append(row["decode_tok_s"])
    errors = {"llmfit": [], "plimsoll": []}
    for (device, model, quant), rates in sorted(cases.items()):
        entry = devices[device]
        peaks = entry.get("tflops_dense") or {}
        name, stored = model.split(" (")[0], quant.split(" (")[0]
        theirs = plan(folder, entry.get("memory_gib") or 128, entry["bandwidth_gbs"],
                      peaks.get("f16") or peaks.get("bf16") or peaks.get("f32") or 1, name, 128, stored)
        # As its source has them, code models have the geometry of those for language.
        ours = output([options.plimsoll, "check", name.replace("-Coder", ""), "--box", device, "--quant", stored,
                       "--context", "128", "--format", "json", "--memory", "4TiB"])
        rate = theirs and theirs["current"]["estimated_tps"]
        if not rate or not ours or not ours["decode"]:
            continue
        truth = statistics.median(rates)
        errors["llmfit"].append(rate / truth)
        errors["plimsoll"].append(ours["decode"]["tokens_per_second"] / truth)
        print(f"{device:32} {name:34} {stored:7} measured {truth:7.1f}  llmfit {rate:7.1f} ({rate / truth - 1:+.0%})  "
              f"plimsoll {ours['decode']['tokens_per_second']:7.1f} ({errors['plimsoll'][-1] - 1:+.0%})")
    print(f"\n| | cases | median error | nine of ten within | worst |\n| --- | ---: | ---: | ---: | ---: |")
    for name, ratios in errors.items():
        off = sorted(abs(ratio - 1) for ratio in ratios)
        print(f"| {name} | {len(off)} | {statistics.median(off):.1%} | {off[int(0.9 * (len(off) - 1))]:.0%} | {off[-1]:.0%} |")


def memory(options, folder):
    sys.path.insert(0, HERE)
    synthetic = importlib.import_module("synthetic")
    allocations = importlib.import_module("llama-memory")
    names = {"llama-1b": "meta-llama/Llama-3.2-1B", "llama-8b": "meta-llama/Llama-3.1-8B",
             "llama-70b": "meta-llama/Llama-3.1-70B", "qwen3-4b": "Qwen/Qwen3-4B",
             "qwen3-30b-a3b": "Qwen/Qwen3-30B-A3B", "qwen3-235b-a22b": "Qwen/Qwen3-235B-A22B"}
    print("| model, Q8_0 | context | llama.cpp | plimsoll | llmfit |\n| --- | ---: | ---: | ---: | ---: |")
    for shape, name in names.items():
        path = os.path.join(folder, f"{shape}.gguf")
        synthetic.write(path, shape, "Q8_0", sparse=True)
        for context in (4096, 32768):
            truth = sum(allocations.theirs(options.llama_fit_params, path, context, "f16", "on").values()) / 1024
            ours = sum(allocations.ours(options.plimsoll, path, context, "f16", "on").values()) / 1024
            theirs = plan(folder, 1024, 1000, 100, name, context, "Q8_0")
            need = theirs["kv_alternatives"][0]["memory_required_gb"] if theirs else float("nan")
            print(f"| {name} | {context} | {truth:.2f} GiB | {ours:.2f} ({ours / truth - 1:+.1%}) | "
                  f"{need:.2f} ({need / truth - 1:+.0%}) |", flush=True)
        os.remove(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["speed", "memory"])
    parser.add_argument("--plimsoll", default=os.path.join(ROOT, ".build/release/plimsoll"))
    parser.add_argument("--llama-fit-params", help="memory: llama.cpp's program")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (speed if options.what == "speed" else memory)(options, folder)


main()
