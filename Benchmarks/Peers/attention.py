"""Attention against PyTorch's scaled_dot_product_attention, round by round in one run.

    python3 Benchmarks/Peers/attention.py [--plimsoll PATH] [--rounds 9] [--threads 2]

needs PyTorch (2.5 or later, for enable_gqa). Each round times both programs, which of them first
alternating; printed are the medians and the paired ratios with their spread. PyTorch takes the
faster of enable_gqa and keys and values repeated beforehand, chosen by a trial of each.
"""

import argparse
import json
import statistics
import subprocess
import time

import torch
import torch.nn.functional as F


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plimsoll", default=".build/release/plimsoll")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--heads", type=int, default=32)
    parser.add_argument("--kv-heads", type=int, default=8)
    parser.add_argument("--head-dim", type=int, default=128)
    parser.add_argument("--length", type=int, default=2048)
    return parser.parse_args()


def plimsoll(options):
    """Seconds of one call, the median of a short run."""
    parameters = {
        "heads": options.heads, "kv_heads": options.kv_heads, "head_dim": options.head_dim,
        "queries": options.length, "keys": options.length, "causal": 1,
    }
    command = [options.plimsoll, "run", "attention", "--threads", str(options.threads)]
    command += [word for pair in parameters.items() for word in ("--param", "%s=%d" % pair)]
    done = subprocess.run(
        command + ["--format", "json"], check=True, capture_output=True, text=True)
    result = json.loads(done.stdout)["results"][0]
    if result["status"] != "ok":
        raise SystemExit("plimsoll: %s" % result["reason"])
    return result["median_seconds"]


class Torch:
    """The same call in PyTorch: [batch][head][token][dim], random numbers."""

    def __init__(self, options):
        torch.set_num_threads(options.threads)
        generator = torch.Generator().manual_seed(1)
        size = (1, options.kv_heads, options.length, options.head_dim)
        self.query = torch.randn(
            1, options.heads, options.length, options.head_dim, generator=generator)
        self.key = torch.randn(size, generator=generator)
        self.value = torch.randn(size, generator=generator)
        self.repeated = [
            x.repeat_interleave(options.heads // options.kv_heads, dim=1)
            for x in (self.key, self.value)
        ]
        trials = {form: min(self.seconds(form) for _ in range(3)) for form in ("gqa", "repeated")}
        self.form = min(trials, key=trials.get)

    def seconds(self, form=None):
        start = time.perf_counter()
        if (form or self.form) == "gqa":
            F.scaled_dot_product_attention(
                self.query, self.key, self.value, is_causal=True, enable_gqa=True)
        else:
            F.scaled_dot_product_attention(self.query, *self.repeated, is_causal=True)
        return time.perf_counter() - start

    def median(self):
        return statistics.median(self.seconds() for _ in range(5))


def main():
    options = arguments()
    peer = Torch(options)
    pairs = []
    with torch.inference_mode():
        for number in range(options.rounds):
            if number % 2:
                own, other = plimsoll(options), peer.median()
            else:
                other, own = peer.median(), plimsoll(options)
            pairs.append((own, other))
            print("round %d: plimsoll %.1f ms, PyTorch %.1f ms, ratio %.3f"
                  % (number + 1, 1e3 * own, 1e3 * other, other / own), flush=True)
    ratios = sorted(other / own for own, other in pairs)
    print("PyTorch %s (%s), %d threads: plimsoll median %.1f ms, PyTorch median %.1f ms" % (
        torch.__version__, peer.form, options.threads,
        1e3 * statistics.median(own for own, _ in pairs),
        1e3 * statistics.median(other for _, other in pairs)))
    print("ratio: median %.3f, from %.3f to %.3f in %d rounds"
          % (statistics.median(ratios), ratios[0], ratios[-1], len(ratios)))


if __name__ == "__main__":
    main()
