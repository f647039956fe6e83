#!/usr/bin/env python3
"""Writes the golden vectors of the block formats with the PyPI package gguf (0.19), an independent
implementation. For each type: NAME.blocks (random valid blocks), NAME.f32 (their weights, little-endian)
and, where the package can quantise, NAME.quantised (blocks made of NAME.source, f32).

  pip install gguf==0.19.0 numpy && python3 make_golden.py
"""
import pathlib
import numpy as np
from gguf import GGMLQuantizationType as T, quants

folder = pathlib.Path(__file__).parent
rng = np.random.default_rng(2026)
SCALES = {T.Q4_0: [0], T.Q8_0: [0], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208], T.MXFP4: []}

for kind, offsets in SCALES.items():
    columns, size = quants.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (2048 // columns, size), dtype=np.uint8)
    for offset in offsets:  # finite scales of either sign, among them zero and a denormal
        halves = rng.normal(0, 0.02, len(blocks)).astype(np.float16)
        halves[:2] = [0, 3e-7]
        blocks[:, offset:offset + 2] = halves[:, None].view(np.uint8)
    if kind == T.MXFP4:
        blocks[:4, 0] = [0, 1, 2, 254]
    blocks.tofile(folder / f"{kind.name}.blocks")
    quants.dequantize(blocks, kind).astype("<f4").tofile(folder / f"{kind.name}.f32")
    if kind in (T.Q4_0, T.Q8_0, T.MXFP4):
        source = rng.normal(0, 1, (16, columns)).astype("<f4")
        source[0] = 0
        source[1] *= 1e-3
        source.tofile(folder / f"{kind.name}.source")
        quants.quantize(source, kind).tofile(folder / f"{kind.name}.quantised")
