import Kernels
import Models
import Tensors

/// The weights of a decoder, ready for its kernels.
///
/// Floats stay in the mapped files, block formats are repacked into memory of their own.
struct DecoderWeights {
  /// One layer.
  struct Layer {
    let attentionNorm: [Float]
    let query: WeightMatrix
    let key: WeightMatrix
    let value: WeightMatrix
    /// Norms of each head's queries and keys; empty where there are none.
    let queryNorm: [Float]
    let keyNorm: [Float]
    let output: WeightMatrix
    let feedForwardNorm: [Float]
    /// Logits of the experts; nil in a dense layer.
    let router: WeightMatrix?
    let feedForward: FeedForwardWeights
  }

  let layers: [Layer]
  let outputNorm: [Float]
  let output: WeightMatrix
  let embedding: TokenEmbedding
  /// What the angles of the rotary embedding are divided by, a pair each; empty for none.
  let ropeFactors: [Float]
  /// Kept as long as the weights: plain ones are read there.
  private let source: TensorSource

  init(
    _ decoder: GGUFDecoder, table: KernelTable, on pool: WorkerPool,
    progress: (Double) -> Void
  ) throws(InferenceError) {
    let source = try TensorSource(decoder, table: table, pool: pool)
    self.source = source
    let (hidden, heads, kvHeads) = (decoder.hidden, decoder.heads, decoder.kvHeads)
    let headDim = decoder.headDim
    let hasHeadNorms = decoder.architecture != "llama"
    var layers: [Layer] = []
    for index in 0..<decoder.layers {
      func name(_ part: String) -> String { "blk.\(index).\(part).weight" }
      func headNorm(_ part: String) throws(InferenceError) -> [Float] {
        hasHeadNorms ? try source.vector(name(part), headDim) : []
      }
      let attentionOutput = heads * headDim
      layers.append(
        Layer(
          attentionNorm: try source.vector(name("attn_norm"), hidden),
          query: try source.matrix(name("attn_q"), rows: attentionOutput, columns: hidden),
          key: try source.matrix(name("attn_k"), rows: kvHeads * headDim, columns: hidden),
          value: try source.matrix(name("attn_v"), rows: kvHeads * headDim, columns: hidden),
          queryNorm: try headNorm("attn_q_norm"), keyNorm: try headNorm("attn_k_norm"),
          output: try source.matrix(name("attn_output"), rows: hidden, columns: attentionOutput),
          feedForwardNorm: try source.vector(name("ffn_norm"), hidden),
          router: try decoder.experts.map { (experts) throws(InferenceError) in
            try source.matrix(name("ffn_gate_inp"), rows: experts.count, columns: hidden)
          },
          feedForward: try source.feedForward(index, decoder)))
      progress(Double(index + 1) / Double(decoder.layers + 1))
    }
    self.layers = layers
    outputNorm = try source.vector("output_norm.weight", hidden)
    embedding = try source.embedding("token_embd.weight", hidden, decoder.vocabulary)
    let outputName = source.has("output.weight") ? "output.weight" : "token_embd.weight"
    output = try source.matrix(outputName, rows: decoder.vocabulary, columns: hidden)
    ropeFactors =
      source.has("rope_freqs.weight")
      ? try source.vector("rope_freqs.weight", decoder.ropeDim / 2) : []
    try source.checkAllUsed()
    progress(1)
  }

  /// Bytes that a token reads, those of experts that it doesn't use left out.
  func bytesPerToken(expertShare: Double) -> Double {
    layers.reduce(Double(output.byteCount)) { sum, layer in
      let attention = [layer.query, layer.key, layer.value, layer.output].reduce(0) {
        $0 + $1.byteCount
      }
      let experts = Double(layer.feedForward.byteCount) * (layer.router == nil ? 1 : expertShare)
      return sum + Double(attention + (layer.router?.byteCount ?? 0)) + experts
    }
  }
}

extension Optional {
  /// `map` for a transform with typed errors.
  fileprivate func map<Other>(
    _ transform: (Wrapped) throws(InferenceError) -> Other
  ) throws(InferenceError) -> Other? {
    if let self { try transform(self) } else { nil }
  }
}
