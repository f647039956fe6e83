// Families with Mamba-2 layers.
extension GeometryParameters {
  /// Falcon-H1, whose layers have attention and Mamba-2 side by side.
  /// Source: `FalconH1Config` and `FalconH1Mixer` of transformers.
  mutating func readFalconH1(_ fields: JSONFields) throws(ModelError) {
    mamba?.normed = try fields.bool("mamba_rms_norm")
    networkBias = try fields.bool("mlp_bias")
    outputBias = attentionBias
  }

  /// Granite 4, whose layers all have the shared network, and experts beside it or none.
  mutating func readGraniteHybrid(_ fields: JSONFields) throws(ModelError) {
    intermediate = try fields.integer("shared_intermediate_size")
  }
}

extension GeometryParameters.Mamba {
  /// Reads the sizes of Mamba-2 in a model `hidden` wide, in Nemotron's spelling or that of Granite and Falcon.
  init(config fields: JSONFields, hidden: Int) throws(ModelError) {
    let heads = try fields.extent("mamba_num_heads", or: "mamba_n_heads")
    self.init(
      heads: heads, headDim: try Self.headDim(fields, heads: heads, hidden: hidden),
      groups: try fields.extent("n_groups", or: "mamba_n_groups"),
      state: try fields.extent("ssm_state_size", or: "mamba_d_state"),
      kernel: try fields.extent("conv_kernel", or: "mamba_d_conv"))
    convolutionBias = try fields.firstBool("use_conv_bias", "mamba_conv_bias") ?? true
    for key in ["use_bias", "mamba_proj_bias", "projectors_bias"] where try fields.bool(key) {
      throw fields.mismatch(key, "false, as in published configurations")
    }
  }

  /// The length of a head. Where it is `auto` or left out, it is the head's share of the inner width
  /// (`mamba_d_ssm`, else `mamba_expand` times the model's).
  private static func headDim(
    _ fields: JSONFields, heads: Int, hidden: Int
  ) throws(ModelError) -> Int {
    let key = "mamba_d_head"
    if fields.has("mamba_head_dim") { return try fields.extent("mamba_head_dim") }
    if fields.has(key), !fields.isText(key, "auto") { return try fields.extent(key) }
    let expansion = try fields.optionalInteger("mamba_expand", in: 1...64) ?? 2
    let inner = try fields.optionalInteger("mamba_d_ssm", in: 1...JSONFields.largest)
    let width = inner ?? expansion * hidden
    guard width.isMultiple(of: heads), (1...1 << 15).contains(width / heads) else {
      throw fields.mismatch(key, "named, since \(heads) heads don't divide a width of \(width)")
    }
    return width / heads
  }
}
