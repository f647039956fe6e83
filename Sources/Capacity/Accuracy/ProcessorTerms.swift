import Models
import Tensors

extension Question {
  /// The terms of reading one token of a prompt on a processor whose peak in f32 is `floats`: its matrices by
  /// the kernels that llama.cpp has for them with AVX2, all but tiles of floats at the 8-bit peak.
  ///
  /// Reading hides behind arithmetic. Attention goes through keys in tiles of 64, of which none is left out
  /// that one of 64 tokens sees, so that each token pays for half a tile more than it sees. What a layer costs
  /// besides is small operations on each token. Source: llama.cpp, `ggml-cpu/ops.cpp`.
  func processorPrefillTerms(
    prompt: Int, depth: Int, floats: Double
  ) -> [SpeedTerm: Double] {
    let tokens = Double(min(settings.microBatch, prompt))
    let pairs = groups.reduce(0.0) {
      $0 + Double($1.layers) * $1.multiplyAddsPerPair * $1.seen(depth: depth + prompt / 2 + 32)
    }
    var terms: [SpeedTerm: Double] = [
      .attention: 2 * pairs / floats, .layers: 1e-6 * Double(layers),
    ]
    for product in weights.products(withHead: false) {
      let rows = tokens * (product.isRouted ? weights.routedShare : 1)
      let (term, extra) = product.kernel(rows: rows)
      let rate = term == .floats ? floats : box.peaks["int8"] ?? floats
      terms[term, default: 0] += 2 * product.parameters * (1 + extra) / rate
    }
    return terms
  }
}

extension WeightProfile.Product {
  /// Rows of activations that blocks of blocks are multiplied by together, and at least.
  private static let (tile, fewest) = (16.0, 8.0)

  /// The kernel that multiplies such a matrix by `rows` tokens, and the share of its work that is done for
  /// nothing.
  ///
  /// - Floats, and Q8_0 and its like, are multiplied in tiles (`llamafile/sgemm.cpp`).
  /// - Types of 4 bits are interleaved eight rows at a time (`repack.cpp`), and multiplied by four tokens at a time,
  ///   experts by one.
  /// - Blocks of blocks are unpacked into tiles of 8-bit numbers for eight tokens or more (`tiled/tiled.cpp`), also
  ///   of experts, each of which pays for half a tile of 16 tokens more than it has.
  /// - What is left goes row by row and token by token (`ggml_vec_dot`, `ggml_compute_forward_mul_mat_id`): other
  ///   experts, floats among them, and types without a kernel of their own.
  ///
  /// Source: llama.cpp of llama-cpp-python 0.3.36, `ggml/src/ggml-cpu`.
  fileprivate func kernel(rows: Double) -> (term: SpeedTerm, extra: Double) {
    switch type {
    case .q4_0, .iq4NL, .mxfp4, .q4K: return (isRouted ? .repackedRows : .repacked, 0)
    case .q8_0, .q5_0: return (isRouted ? .rows : .blocks, 0)
    case .q2K, .q3K, .q5K, .q6K, .iq4XS, .iq3S, .iq3XXS, .iq2S, .iq2XS, .iq2XXS, .iq1S, .iq1M:
      guard rows >= Self.fewest else { return (.rows, 0) }
      return (.superblocks, isRouted ? Self.tile / 2 / rows : 0)
    default: return (type.block.elements == 1 && !isRouted ? .floats : .rows, 0)
    }
  }
}
