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
    if p.layerInput > 0 {
      let width = p.layerInput * p.layers
      add("per_layer_token_embd.weight", [width, p.layerInputVocabulary ?? p.vocabulary], .lookup)
      add("per_layer_model_proj.weight", [p.hidden, width], .attention)
      add("per_layer_proj_norm.weight", [p.layerInput], .small)
    }
    if let altUp = p.altUp {
      for part in ["altup_proj", "altup_unembd_proj"] {
        add(part + ".weight", [p.hidden, p.hidden, altUp.copies - 1], .attention)
      }
    }
    for layer in 0..<p.layers { addLayer(layer) }
    // Files of LFM2 have this name for the last norm.
    addNorm(p.architecture.hasPrefix("lfm2") ? "token_embd_norm" : "output_norm")
    if !p.tied { add("output.weight", [p.hidden, p.vocabulary], .output) }
    if p.vocabularyBias { add("output.bias", [p.vocabulary], .small) }
  }

  private mutating func addLayer(_ layer: Int) {
    let p = parameters
    let name = "blk.\(layer)."
    addNorm(name + "attn_norm")
    let kind = p.kind(layer)
    if kind.isWhole, p.normsPerLayer > 1 { addNorm(name + "ffn_norm") }
    if kind.isWhole, p.normsPerLayer > 2 {
      addNorm(name + "post_attention_norm")
      addNorm(name + "post_ffw_norm")
    }
    switch kind {
    case .full, .window, .attention, .parallel:
      if let latent = p.latent {
        addLatentAttention(name, latent)
      } else {
        addAttention(name, layer)
      }
    case .linear: if let linear = p.linear { addLinearAttention(name, linear) }
    case .convolution: if let kernel = p.convolution { addConvolution(name, kernel) }
    case .mamba, .stateSpace, .experts, .network: break
    }
    if let mamba = p.mamba, [.mamba, .stateSpace, .parallel].contains(kind) {
      addMamba(name, mamba)
    }
    switch p.feedForward(layer) {
    case .dense(let width, let gated):
      addFeedForward(name + "ffn_", suffix: "", width: width, gated: gated)
    case .experts: if let experts = p.experts { addExperts(name, experts) }
    case .none: break
    }
    if p.layerInput > 0 {
      add(name + "inp_gate.weight", [p.hidden, p.layerInput], .attention)
      add(name + "proj.weight", [p.layerInput, p.hidden], .attention)
      addNorm(name + "post_norm")
    }
    if p.architecture == "gemma4" { add(name + "layer_output_scale.weight", [1], .small) }
    if let altUp = p.altUp { addAltUp(name, altUp) }
  }

  private mutating func addAltUp(_ name: String, _ altUp: GeometryParameters.AltUp) {
    let (hidden, copies) = (parameters.hidden, altUp.copies)
    add(name + "altup_predict_coef.weight", [copies, copies * copies], .small)
    add(name + "altup_correct_coef.weight", [copies, copies], .small)
    add(name + "altup_correct_scale.weight", [hidden], .small)
    add(name + "altup_router.weight", [hidden, copies], .small)
    add(name + "altup_router_norm.weight", [hidden], .small)
    add(name + "laurel_l.weight", [hidden, altUp.rank], .attention)
    add(name + "laurel_r.weight", [altUp.rank, hidden], .attention)
    add(name + "laurel_post_norm.weight", [hidden], .small)
  }

  private mutating func addAttention(_ name: String, _ layer: Int) {
    let p = parameters
    let cache = p.cacheHeads(layer)
    let (query, key) = (p.heads * cache.dim, cache.count * cache.dim)
    // Qwen keeps the gate with the queries, Muse Glimmer by itself.
    let isFused = p.outputGate && p.architecture != "muse-glimmer"
    add(name + "attn_q.weight", [p.hidden, isFused ? 2 * query : query], .attention)
    if p.outputGate && !isFused {
      add(name + "attn_gate.weight", [p.hidden, query], .attention)
    }
    // A layer that reads another's cache has keys and values in the published files all the same.
    let isUnused = p.sharesCache(layer)
    add(name + "attn_k.weight", [p.hidden, key], isUnused ? .auxiliary : .attention)
    if !cache.keysAreValues {
      add(name + "attn_v.weight", [p.hidden, key], isUnused ? .auxiliary : .attention)
    }
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
      add(name + "attn_q_norm.weight", [cache.dim], .small)
      add(name + "attn_k_norm.weight", [cache.dim], isUnused ? .auxiliary : .small)
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

  private mutating func addConvolution(_ name: String, _ kernel: Int) {
    let hidden = parameters.hidden
    add(name + "shortconv.in_proj.weight", [hidden, 3 * hidden], .attention)
    add(name + "shortconv.conv.weight", [kernel, hidden], .small)
    add(name + "shortconv.out_proj.weight", [hidden, hidden], .attention)
  }

  private mutating func addMamba(_ name: String, _ mamba: GeometryParameters.Mamba) {
    let hidden = parameters.hidden
    let projected = mamba.inner + mamba.convolved + mamba.heads
    add(name + "ssm_in.weight", [hidden, projected], .attention)
    add(name + "ssm_conv1d.weight", [mamba.kernel, mamba.convolved], .small)
    if mamba.convolutionBias { add(name + "ssm_conv1d.bias", [mamba.convolved], .small) }
    add(name + "ssm_dt.bias", [mamba.heads], .small)
    add(name + "ssm_a", [1, mamba.heads], .small)
    add(name + "ssm_d", [1, mamba.heads], .small)
    if mamba.normed { add(name + "ssm_norm.weight", [mamba.inner], .small) }
    add(name + "ssm_out.weight", [mamba.inner, hidden], .attention)
  }

  private mutating func addExperts(_ name: String, _ experts: GeometryParameters.Experts) {
    let p = parameters
    add(name + "ffn_gate_inp.weight", [p.hidden, experts.count], .small)
    if experts.routerBias { add(name + "exp_probs_b.bias", [experts.count], .small) }
    if let latent = experts.latent {
      add(name + "ffn_latent_down.weight", [p.hidden, latent], .feedForward)
      add(name + "ffn_latent_up.weight", [latent, p.hidden], .feedForward)
    }
    let outer = experts.latent ?? p.hidden
    let (wide, narrow) = ([outer, experts.width], [experts.width, outer])
    let parts = [("gate", wide), ("up", wide), ("down", narrow)]
    for (part, shape) in p.gated ? parts : Array(parts.dropFirst()) {
      add(name + "ffn_\(part)_exps.weight", shape + [experts.count], .routedExperts)
      if experts.biases {
        add(name + "ffn_\(part)_exps.bias", [shape[1], experts.count], .routedExperts)
      }
    }
    if experts.shared > 0 {
      let width = experts.sharedWidth ?? experts.shared * experts.width
      // Gemma 4 has a network of the dense kind beside its experts, each with norms of its own.
      let suffix = p.architecture == "gemma4" ? "" : "_shexp"
      addFeedForward(name + "ffn_", suffix: suffix, width: width, gated: p.gated)
    }
    if experts.sharedGate { add(name + "ffn_gate_inp_shexp.weight", [p.hidden], .small) }
    guard p.architecture == "gemma4" else { return }
    for norm in ["pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"] { addNorm(name + norm) }
    add(name + "ffn_gate_inp.scale", [p.hidden], .small)
    add(name + "ffn_down_exps.scale", [experts.count], .small)
  }

  private mutating func addFeedForward(
    _ name: String, suffix: String, width: Int, gated: Bool
  ) {
    if gated { add(name + "gate\(suffix).weight", [parameters.hidden, width], .feedForward) }
    add(name + "up\(suffix).weight", [parameters.hidden, width], .feedForward)
    add(name + "down\(suffix).weight", [width, parameters.hidden], .feedForward)
    guard parameters.networkBias else { return }
    if gated { add(name + "gate\(suffix).bias", [width], .small) }
    add(name + "up\(suffix).bias", [width], .small)
    add(name + "down\(suffix).bias", [parameters.hidden], .small)
  }

  /// A norm's weight; those of Falcon, Phi-2 and Phi-3.5-MoE have a bias too.
  private mutating func addNorm(_ name: String) {
    guard parameters.normsPerLayer > 0 else { return }
    add(name + ".weight", [parameters.hidden], .small)
    if ["falcon", "phi2", "phimoe"].contains(parameters.architecture) {
      add(name + ".bias", [parameters.hidden], .small)
    }
  }

  private mutating func add(_ name: String, _ shape: [Int], _ role: Tensor.Role) {
    let bytes = ElementType.f32.bytes(shape: shape) ?? .max
    tensors.append(Tensor(name: name, shape: shape, type: .f32, bytes: bytes, role: role))
  }
}
