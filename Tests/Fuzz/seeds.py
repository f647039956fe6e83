#!/usr/bin/env python3
"""Seeds for the fuzzers, from the writers that people use: seeds.py FOLDER

Needs the packages gguf, safetensors and numpy. Writes to FOLDER/seeds/FORMAT a dozen small files of each
format, to FOLDER/beside the files that some of them are read with, to FOLDER/words the words of each.
"""
import json
import struct
import sys
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Q
from safetensors.numpy import save

HIDDEN, WIDTH, VOCABULARY = 8, 16, 4


def zeros(shape, kind=Q.F32):
    """A tensor of zeros as the GGUF writer takes it: slowest extent first, blocks as bytes."""
    if kind == Q.F32:
        return np.zeros(shape, np.float32)
    if kind == Q.F16:
        return np.zeros(shape, np.float16)
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    return np.zeros((*shape[:-1], shape[-1] // elements * size), np.uint8)


def gguf_seed(
    path, architecture="llama", keys={}, tensors=None, layers=2, usual=True, alignment=None, **options
):
    """A model with the usual keys, those of `keys` (of its architecture, unless they begin with a dot)."""
    writer = gguf.GGUFWriter(path, architecture, **options)
    writer.add_name(path.stem)
    if alignment:
        writer.add_custom_alignment(alignment)
    if usual:
        writer.add_block_count(layers)
        writer.add_context_length(4096)
        writer.add_embedding_length(HIDDEN)
        writer.add_feed_forward_length(WIDTH)
        writer.add_head_count(4)
        writer.add_file_type(1)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(10000.0)
    for key, value in keys.items():
        name = key[1:] if key.startswith(".") else f"{architecture}.{key}"
        if isinstance(value, tuple):
            writer.add_key_value(name, *value)
        elif isinstance(value, list):
            writer.add_array(name, value)
        elif isinstance(value, str):
            writer.add_string(name, value)
        elif isinstance(value, bool):
            writer.add_bool(name, value)
        elif isinstance(value, float):
            writer.add_float32(name, value)
        else:
            writer.add_uint32(name, value)
    for name, shape, *kind in dense(layers) if tensors is None else tensors:
        kind = kind[0] if kind else Q.F32
        writer.add_tensor(name + ".weight", zeros(shape, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def dense(layers, kind=Q.F32):
    yield "token_embd", (VOCABULARY, HIDDEN), kind
    for layer in range(layers):
        yield f"blk.{layer}.attn_norm", (HIDDEN,)
        yield f"blk.{layer}.attn_q", (HIDDEN, HIDDEN), kind
        yield f"blk.{layer}.ffn_down", (HIDDEN, WIDTH), kind
    yield "output_norm", (HIDDEN,)


def experts(layers, count, leading=0):
    yield "token_embd", (VOCABULARY, HIDDEN)
    for layer in range(layers):
        yield f"blk.{layer}.attn_output", (HIDDEN, 32), Q.Q8_0
        if layer < leading:
            yield f"blk.{layer}.ffn_down", (HIDDEN, 32), Q.Q4_0
            continue
        yield f"blk.{layer}.ffn_gate_inp", (count, HIDDEN)
        yield f"blk.{layer}.ffn_down_exps", (count, HIDDEN, 32), Q.MXFP4
        yield f"blk.{layer}.ffn_down_shexp", (HIDDEN, 32), Q.Q4_1
    yield "output", (VOCABULARY, HIDDEN)


def every_type():
    T = gguf.GGUFValueType
    numbers = [T.UINT8, T.INT8, T.UINT16, T.INT16, T.UINT32, T.INT32, T.UINT64, T.INT64]
    keys = {f".x.{kind.name}": (1, kind) for kind in numbers}
    keys |= {f".x.{kind.name}.list": ([1, 2], T.ARRAY, kind) for kind in numbers}
    keys |= {".x.F32": 0.5, ".x.F64": (0.5, T.FLOAT64), ".x.BOOL": True, ".x.text": "text"}
    keys |= {".x.texts": ["a", "", "bc"], ".x.reals": [0.5, 1.0], ".x.flags": [True, False]}
    return keys


def gguf_seeds(folder):
    def seed(name, *arguments, **options):
        gguf_seed(folder / f"{name}.gguf", *arguments, **options)

    kinds = [Q.F16, Q.BF16, Q.Q8_0, Q.Q5_0, Q.Q5_1, Q.IQ4_NL, Q.NVFP4]
    tensors = [(f"blk.0.attn_{kind.name}", (2, 64), kind) for kind in kinds]
    blocks = [Q.Q2_K, Q.Q3_K, Q.Q4_K, Q.Q5_K, Q.Q6_K, Q.IQ2_XXS, Q.IQ3_S, Q.TQ1_0]
    tensors += [(f"blk.1.ffn_{kind.name}", (256,), kind) for kind in blocks]
    seed("dense")
    seed("types", tensors=tensors)
    seed("every-metadata-type", keys=every_type())
    seed("big-endian", endianess=gguf.GGUFEndian.BIG)
    seed("alignment", alignment=64)
    seed("no-tensors", tensors=[], keys={"vocab_size": 32000})
    seed("unknown", "made-up", usual=False)
    vocabulary = {".tokenizer.ggml.tokens": ["a", "b", "c", "d"], ".tokenizer.ggml.merges": ["a b"]}
    vocabulary |= {".tokenizer.ggml.scores": [0.5] * 4, ".tokenizer.ggml.token_type": [1] * 4}
    seed("vocabulary", keys=vocabulary)
    heads = {"attention.head_count_kv": [2, 1], "attention.key_length": 16, "attention.value_length": 16}
    heads |= {"attention.head_count": [4, 2], "feed_forward_length": [12, WIDTH], "block_count": 2}
    seed("heads-by-layer", "qwen3", heads | {"embedding_length": HIDDEN}, usual=False)
    moe = {"expert_count": 4, "expert_used_count": 2, "expert_feed_forward_length": 32}
    seed("experts", "qwen3moe", moe, list(experts(2, 4)))
    latent = {"attention.kv_lora_rank": 16, "attention.key_length_mla": 24, "rope.dimension_count": 8}
    latent |= {"attention.value_length_mla": 16, "leading_dense_block_count": 1, "expert_shared_count": 1}
    seed("latent", "deepseek2", moe | latent, list(experts(2, 4, leading=1)))
    window = {"attention.sliding_window": 1024, "attention.sliding_window_pattern": [True, False]}
    seed("window", "gemma3", window)
    state = {"ssm.conv_kernel": 4, "ssm.inner_size": 64, "ssm.state_size": 16, "ssm.group_count": 2}
    seed("hybrid", "qwen3next", state | {"full_attention_interval": 2, "nextn_predict_layers": 1})
    seed("part", keys={".split.count": 2, ".split.no": 0, ".split.tensors.count": 6})
    seed("version-2")
    old = folder / "version-2.gguf"
    old.write_bytes(old.read_bytes()[:4] + struct.pack("<I", 2) + old.read_bytes()[8:])


def layer(number):
    name = f"model.layers.{number}."
    return {
        name + "self_attn.q_proj.weight": np.zeros((8, 8), np.float16),
        name + "mlp.experts.0.down_proj.weight": np.zeros((8, 4), np.int8),
        name + "input_layernorm.weight": np.zeros(8, np.float32),
    }


def retyped(file, replaced):
    """The same file with other words in its header: types that the writer has no arrays for."""
    length = struct.unpack("<Q", file[:8])[0]
    header = file[8 : 8 + length]
    for old, new in replaced.items():
        header = header.replace(old, new)
    return struct.pack("<Q", len(header)) + header + file[8 + length :]


def safetensors_seeds(folder):
    kinds = ["bool", "int8", "uint8", "int16", "uint16", "float16", "int32", "uint32", "float32"]
    kinds += ["int64", "uint64", "float64", "complex64"]
    every = {kind: np.zeros((2, 4), kind) for kind in kinds}
    same = {b'"U8"': b'"F8_E4M3"', b'"I8"': b'"F8_E5M2"', b"BOOL": b"F8_E8M0", b"U16": b"BF16"}
    half = {b"U8": b"F4", b"[8]": b"[16]"}
    files = {
        "empty": save({}),
        "scalar": save({"t": np.zeros((), np.float32)}),
        "empty-extent": save({"t": np.zeros((3, 0, 2), np.float32), "u": np.zeros(2, np.uint8)}),
        "every-type": save(every),
        "other-types": retyped(save(every), same),
        "four-bits": retyped(save({"t": np.zeros(8, np.uint8)}), half),
        "metadata": save({"t": np.zeros(1, np.int8)}, {"format": "pt", "note": 'é\n"\\'}),
        "layer": save(layer(0)),
        "layers": save(layer(0) | layer(1) | {"lm_head.weight": np.zeros((4, 8), np.float32)}),
        "embedding": save({"model.embed_tokens.weight": np.zeros((4, 8), np.float16)}),
        "vision": save({"vision_tower.a.weight": np.zeros((2, 2), np.float32)}),
        "many": save({f"t{number}": np.zeros(1, np.uint8) for number in range(40)}),
    }
    for name, content in files.items():
        (folder / f"{name}.safetensors").write_bytes(content)


def configurations():
    usual = dict(
        hidden_size=64, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, vocab_size=32,
        intermediate_size=128, max_position_embeddings=4096, torch_dtype="bfloat16")
    moe = dict(num_experts=8, num_experts_per_tok=2, moe_intermediate_size=32)
    latent = dict(kv_lora_rank=16, qk_nope_head_dim=16, qk_rope_head_dim=8, v_head_dim=16)
    linear = dict(
        linear_num_key_heads=2, linear_num_value_heads=4, linear_key_head_dim=16,
        linear_value_head_dim=16, linear_conv_kernel_dim=4, full_attention_interval=2)
    families = {
        "llama": {}, "qwen2": dict(sliding_window=1024, use_sliding_window=True),
        "qwen3": dict(head_dim=32, tie_word_embeddings=True), "qwen3_moe": moe,
        "qwen3_next": moe | linear | dict(shared_expert_intermediate_size=32),
        "deepseek_v3": latent | dict(
            n_routed_experts=8, n_shared_experts=1, num_experts_per_tok=2, moe_intermediate_size=32,
            first_k_dense_replace=1, q_lora_rank=32, topk_method="noaux_tc"),
        "gpt_oss": dict(num_local_experts=4, num_experts_per_tok=2, sliding_window=128,
                        attention_bias=True),
        "gemma3_text": dict(head_dim=32, sliding_window=512), "falcon": {}, "olmo2": {}, "glm4_moe": moe,
        "made_up": {},
    }
    for name, own in families.items():
        yield name, usual | own | {"model_type": name}
    text = usual | dict(model_type="llama4_text", attention_chunk_size=8192, num_local_experts=4,
                        interleave_moe_layer_step=2, intermediate_size_mlp=256)
    yield "llama4", {"model_type": "llama4", "text_config": text, "vision_config": {"depth": [1.5e3, None]}}


def config_seeds(folder):
    for name, content in configurations():
        (folder / f"{name}.json").write_text(json.dumps(content))


def index_seeds(folder):
    one = "one.safetensors"
    maps = {
        "sound": {name: one for name in layer(0)}, "lost": {"lost": one}, "empty": {},
        "two": dict.fromkeys(layer(0), one) | {"x": "two.safetensors"}, "climbs": {"x": "../" + one},
        "deep": {"x": "a/b"}, "none": None,
    }
    for name, content in maps.items():
        index = {"metadata": {"total_size": 1, "n": [1, 2.5, True, None, "\u00e9\u2028"]}}
        if content is not None:
            index["weight_map"] = content
        (folder / f"{name}.json").write_text(json.dumps(index))


def words(paths):
    """The strings of the seeds, as libFuzzer's dictionaries have them."""
    found = set()
    for path in paths:
        run = bytearray()
        for byte in path.read_bytes() + b"\0":
            if chr(byte).isalnum() and byte < 128 or byte in b"._-":
                run.append(byte)
            else:
                if 3 <= len(run) <= 40:
                    found.add(run.decode())
                run.clear()
    return "".join(f'"{word}"\n' for word in sorted(found))


def main():
    folder = Path(sys.argv[1])
    makers = {
        "gguf": gguf_seeds, "safetensors": safetensors_seeds, "config": config_seeds, "index": index_seeds
    }
    (folder / "words").mkdir(parents=True, exist_ok=True)
    for name, make in makers.items():
        seeds = folder / "seeds" / name
        seeds.mkdir(parents=True, exist_ok=True)
        make(seeds)
        (folder / "words" / name).write_text(words(sorted(seeds.iterdir())))
    beside = folder / "beside"
    beside.mkdir(exist_ok=True)
    (beside / "config.json").write_text(json.dumps(dict(configurations())["qwen3_moe"]))
    (beside / "one.safetensors").write_bytes(save(layer(0)))


if __name__ == "__main__":
    main()
