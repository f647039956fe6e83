"""Synthetic GGUF files with the geometry of real models, for holding Plimsoll against llama.cpp.

Weights are random, with scales that keep numbers finite, or absent: a sparse file has its full length and
takes no room on disk, which is enough for whoever reads headers only. Needs the PyPI packages gguf and numpy.
"""
import os

import numpy
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type, GGUFWriter
from gguf.quants import quantize

#        architecture, hidden, layers, heads, KV heads, head size, feed-forward, vocabulary, tied, experts, used, width
SHAPES = {
    "llama-0.5b": ("llama", 1024, 24, 16, 8, 64, 4096, 64000, True, 0, 0, 0),
    "llama-1b": ("llama", 2048, 16, 32, 8, 64, 8192, 128256, True, 0, 0, 0),
    "llama-3b": ("llama", 3072, 28, 24, 8, 128, 8192, 128256, True, 0, 0, 0),
    "llama-8b": ("llama", 4096, 32, 32, 8, 128, 14336, 128256, False, 0, 0, 0),
    "llama-70b": ("llama", 8192, 80, 64, 8, 128, 28672, 128256, False, 0, 0, 0),
    "qwen3-0.6b": ("qwen3", 1024, 28, 16, 8, 128, 3072, 151936, True, 0, 0, 0),
    "qwen3-1.7b": ("qwen3", 2048, 28, 16, 8, 128, 6144, 151936, True, 0, 0, 0),
    "qwen3-8b": ("qwen3", 4096, 36, 32, 8, 128, 12288, 151936, False, 0, 0, 0),
    "qwen3-4b": ("qwen3", 2560, 36, 32, 8, 128, 9728, 151936, True, 0, 0, 0),
    "moe-2b": ("qwen3moe", 1024, 16, 16, 4, 128, 3072, 64000, False, 32, 4, 768),
    "moe-4b": ("qwen3moe", 2048, 12, 32, 4, 128, 6144, 151936, False, 64, 8, 768),
    "qwen3-30b-a3b": ("qwen3moe", 2048, 48, 32, 4, 128, 6144, 151936, False, 128, 8, 768),
    "qwen3-235b-a22b": ("qwen3moe", 4096, 94, 64, 4, 128, 12288, 151936, False, 128, 8, 1536),
}


def write(path, shape, weights, sparse=False, cut=None):
    """Writes SHAPES[shape], or its first `cut` layers, with matrices stored as `weights` ("Q4_0"); the file's size."""
    architecture, hidden, layers, heads, kv_heads, size, width, vocabulary, tied, experts, used, expert = SHAPES[shape]
    layers = cut or layers
    # llama-quantize's MXFP4_MOE: experts in MXFP4, everything else in 8 bits.
    kind, routed = (Type.Q8_0, Type.MXFP4) if weights == "MXFP4_MOE" else 2 * (Type[weights],)
    # As llama-quantize does it, with a tied embedding too.
    output = Type.Q6_K if weights in ("Q4_0", "Q4_K", "Q5_K") else kind
    tensors = [("token_embd.weight", (vocabulary, hidden), output if tied else kind),
               ("output_norm.weight", (hidden,), Type.F32)]
    if not tied:
        tensors.append(("output.weight", (vocabulary, hidden), output))
    for layer in range(layers):
        parts = [("attn_norm", (hidden,), Type.F32), ("attn_q", (heads * size, hidden), kind),
                 ("attn_k", (kv_heads * size, hidden), kind), ("attn_v", (kv_heads * size, hidden), kind),
                 ("attn_output", (hidden, heads * size), kind), ("ffn_norm", (hidden,), Type.F32)]
        if architecture.startswith("qwen3"):
            parts += [("attn_q_norm", (size,), Type.F32), ("attn_k_norm", (size,), Type.F32)]
        if experts:
            parts += [("ffn_gate_inp", (experts, hidden), Type.F32),
                      ("ffn_gate_exps", (experts, expert, hidden), routed),
                      ("ffn_up_exps", (experts, expert, hidden), routed),
                      ("ffn_down_exps", (experts, hidden, expert), routed)]
        else:
            parts += [("ffn_gate", (width, hidden), kind), ("ffn_up", (width, hidden), kind),
                      ("ffn_down", (hidden, width), kind)]
        tensors += [(f"blk.{layer}.{name}.weight", dimensions, type) for name, dimensions, type in parts]

    writer = GGUFWriter(path, architecture)
    writer.add_name(f"{shape} {weights}")
    writer.add_block_count(layers)
    writer.add_context_length(131072)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(width)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(size)
    writer.add_value_length(size)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(size)
    writer.add_vocab_size(vocabulary)
    writer.add_tokenizer_model("no_vocab")
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(used)
        writer.add_expert_feed_forward_length(expert)
    lengths = []
    for name, dimensions, type in tensors:
        block, stored = GGML_QUANT_SIZES[type]
        lengths.append(int(numpy.prod(dimensions, dtype=numpy.int64)) // block * stored)
        writer.add_tensor_info(name, dimensions, numpy.float32, lengths[-1], raw_dtype=type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    file = writer.fout[0]
    writer.write_padding(file, file.tell())
    for length, (_, dimensions, type) in zip(lengths, tensors):
        padded = -(-length // 32) * 32
        if sparse:
            file.seek(padded, os.SEEK_CUR)
        elif len(dimensions) == 1:
            file.write(numpy.ones(dimensions, numpy.float32).tobytes().ljust(padded, b"\0"))
        else:
            fill(file, type, length)
            file.write(b"\0" * (padded - length))
    file.truncate(file.tell())
    file.close()
    return os.path.getsize(path)


CHUNKS = {}


def fill(file, type, length):
    """Random weights, from a chunk that is made once and written over and over."""
    if type not in CHUNKS:
        CHUNKS[type] = chunk(type)
    while length > 0:
        length -= file.write(CHUNKS[type][:length])


def chunk(type, elements=1 << 22):
    random = numpy.random.default_rng(1)
    if type not in (Type.Q4_K, Type.Q5_K, Type.Q6_K):
        return quantize(random.normal(0, 0.02, (elements // 1024, 1024)).astype(numpy.float32), type).tobytes()
    # Blocks of blocks: any bits but in the 16-bit scales, which stand first, or last in Q6_K.
    block, stored = GGML_QUANT_SIZES[type]
    blocks = random.integers(0, 256, (elements // block, stored), numpy.uint8)
    scales = numpy.full((len(blocks), 1), 2e-5, numpy.float16).view(numpy.uint8)
    if type == Type.Q6_K:
        blocks[:, -2:] = scales
    else:
        blocks[:, 0:2] = blocks[:, 2:4] = scales
    return blocks.tobytes()
