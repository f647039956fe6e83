import Tensors

/// Every tensor of a decoder of given parameters, named and shaped as GGUF has them.
struct TensorLayout {
  let parameters: GeometryParameters
  private var tensors: [Tensor] = []

  /// The tensors of `parameters`, each as f32: a quantisation gives them their types.
  static func tensors(of parameters: GeometryParameters) -> [Tensor] {
    var layout = TensorLayout(parameters: parameters)
    layout.build()
    return layout.tensors
  }

  private init(parameters: GeometryParameters) { self.parameters = parameters }

  private mutating func build() {
    let p = parameters
    add("token_embd.weight", [p.hidden, p.vocabulary], .tokenEmbedding)
    for layer in 0..<p.layers { addLayer(layer) }
    addNorm("output_norm")
    if !p.tied { add("output.weight", [p.hidden, p.vocabulary], .output) }
  }

  private mutating func addLayer(_ layer: Int) {
    let p = parameters
    let name = "blk.\(layer)."
    addNorm(name + "attn_norm")
    if p.normsPerLayer > 1 { addNorm(name + "ffn_norm") }
    if p.normsPerLayer > 2 {
      addNorm(name + "post_attention_norm")
      addNorm(name + "post_ffw_norm")
    }
    if let linear = p.linear, !p.attends(layer) {
      addLinearAttention(name, linear)
    } else if let latent = p.latent {
      addLatentAttention(name, latent)
    } else {
      addAttention(name)
    }
    if let experts = p.experts, p.hasExperts(layer) {
      addExperts(name, experts)
    } else {
      addFeedForward(name + "ffn_", suffix: "", width: p.intermediate, gated: p.gated)
    }
  }

  private mutating func addAttention(_ name: String) {
    let p = parameters
    let (query, key) = (p.heads * p.headDim, p.kvHeads * p.headDim)
    add(name + "attn_q.weight", [p.hidden, p.outputGate ? 2 * query : query], .attention)
    add(name + "attn_k.weight", [p.hidden, key], .attention)
    add(name + "attn_v.weight", [p.hidden, key], .attention)
    add(name + "attn_output.weight", [query, p.hidden], .attention)
    if p.attentionBias {
      for (part, width) in [("q", query), ("k", key), ("v", key)] {
        add(name + "attn_\(part).bias", [width], .small)
      }
    }
    if p.outputBias { add(name + "attn_output.bias", [p.hidden], .small) }
    if p.sinks { add(name + "attn_sinks.weight", [p.heads], .small) }
    switch p.queryKeyNorm {
    case .none: break
    case .head:
      add(name + "attn_q_norm.weight", [p.headDim], .small)
      add(name + "attn_k_norm.weight", [p.headDim], .small)
    case .full:
      add(name + "attn_q_norm.weight", [query], .small)
      add(name + "attn_k_norm.weight", [key], .small)
    }
  }

  private mutating func addLatentAttention(
    _ name: String, _ latent: GeometryParameters.Latent
  ) {
    let p = parameters
    let query = p.heads * (latent.noRope + latent.rope)
    if let rank = latent.queryRank {
      add(name + "attn_q_a.weight", [p.hidden, rank], .attention)
      add(name + "attn_q_a_norm.weight", [rank], .small)
      add(name + "attn_q_b.weight", [rank, query], .attention)
    } else {
      add(name + "attn_q.weight", [p.hidden, query], .attention)
    }
    add(name + "attn_kv_a_mqa.weight", [p.hidden, latent.rank + latent.rope], .attention)
    add(name + "attn_kv_a_norm.weight", [latent.rank], .small)
    add(name + "attn_k_b.weight", [latent.noRope, latent.rank, p.heads], .attention)
    add(name + "attn_v_b.weight", [latent.rank, latent.value, p.heads], .attention)
    add(name + "attn_output.weight", [p.heads * latent.value, p.hidden], .attention)
  }

  private mutating func addLinearAttention(
    _ name: String, _ linear: GeometryParameters.Linear
  ) {
    let p = parameters
    let (key, value) = (linear.keyHeads * linear.keyDim, linear.valueHeads * linear.valueDim)
    add(name + "attn_qkv.weight", [p.hidden, 2 * key + value], .attention)
    add(name + "attn_gate.weight", [p.hidden, value], .attention)
    add(name + "ssm_ba.weight", [p.hidden, 2 * linear.valueHeads], .attention)
    add(name + "ssm_conv1d.weight", [linear.kernel, 2 * key + value], .small)
    add(name + "ssm_dt.bias", [linear.valueHeads], .small)
    add(name + "ssm_a", [linear.valueHeads], .small)
    add(name + "ssm_norm.weight", [linear.valueDim], .small)
    add(name + "ssm_out.weight", [value, p.hidden], .attention)
  }

  private mutating func addExperts(_ name: String, _ experts: GeometryParameters.Experts) {
    let p = parameters
    add(name + "ffn_gate_inp.weight", [p.hidden, experts.count], .small)
    if experts.routerBias { add(name + "exp_probs_b.bias", [experts.count], .small) }
    let (wide, narrow) = ([p.hidden, experts.width], [experts.width, p.hidden])
    for (part, shape) in [("gate", wide), ("up", wide), ("down", narrow)] {
      add(name + "ffn_\(part)_exps.weight", shape + [experts.count], .routedExperts)
      if experts.biases {
        add(name + "ffn_\(part)_exps.bias", [shape[1], experts.count], .routedExperts)
      }
    }
    if experts.shared > 0 {
      let width = experts.sharedWidth ?? experts.shared * experts.width
      addFeedForward(name + "ffn_", suffix: "_shexp", width: width, gated: true)
    }
    if experts.sharedGate { add(name + "ffn_gate_inp_shexp.weight", [p.hidden], .small) }
  }

  private mutating func addFeedForward(
    _ name: String, suffix: String, width: Int, gated: Bool
  ) {
    if gated { add(name + "gate\(suffix).weight", [parameters.hidden, width], .feedForward) }
    add(name + "up\(suffix).weight", [parameters.hidden, width], .feedForward)
    add(name + "down\(suffix).weight", [width, parameters.hidden], .feedForward)
  }

  /// A norm's weight; Falcon's norms have a bias too.
  private mutating func addNorm(_ name: String) {
    add(name + ".weight", [parameters.hidden], .small)
    if parameters.architecture == "falcon" { add(name + ".bias", [parameters.hidden], .small) }
  }

  private mutating func add(_ name: String, _ shape: [Int], _ role: Tensor.Role) {
    let bytes = ElementType.f32.bytes(shape: shape) ?? .max
    tensors.append(Tensor(name: name, shape: shape, type: .f32, bytes: bytes, role: role))
  }
}
