#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which experts a token goes to, and with what weights.
///
/// Sources: Shazeer et al., "Outrageously Large Neural Networks", 2017 (softmax, top k); DeepSeek-AI,
/// "DeepSeek-V3 Technical Report", 2024 (sigmoid, selection bias, groups).
public struct ExpertRouter: Sendable {
  /// How logits become scores.
  public enum Scoring: String, Sendable, CaseIterable {
    /// eˣ over the sum of all experts'.
    case softmax
    /// 1 ÷ (1 + e⁻ˣ).
    case sigmoid
  }

  /// Experts to choose from.
  public let experts: Int
  /// Experts that a token uses.
  public let used: Int
  /// How logits become scores.
  public let scoring: Scoring
  /// Whether the weights of a token's experts are divided by their sum.
  public let isNormalised: Bool
  /// Experts in so many equal groups, of which the best `used` may be chosen from; a group is worth
  /// its two best experts.
  public let groups: (count: Int, used: Int)?
  /// What weights are multiplied by in the end.
  public let scale: Float
  /// Added to scores for the choice, not for the weights; empty for none.
  public let bias: [Float]

  /// Errors: no experts, more used than there are to choose from, groups that don't divide the
  /// experts, or a bias of another length.
  public init(
    experts: Int, used: Int, scoring: Scoring = .softmax, isNormalised: Bool = true,
    groups: (count: Int, used: Int)? = nil, scale: Float = 1, bias: [Float] = []
  ) throws(KernelError) {
    let (all, chosen) = groups ?? (1, 1)
    guard experts > 0, all > 0, experts.isMultiple(of: all), 1...all ~= chosen,
      1...max(experts / all * chosen, 1) ~= used, bias.isEmpty || bias.count == experts
    else {
      throw KernelError(
        description: "a router needs 1 to as many experts used as it may choose from, in equal "
          + "groups, and a bias for each or none; not \(used) of \(experts) in \(chosen) of \(all) "
          + "groups with \(bias.count) biases")
    }
    (self.experts, self.used, self.scoring) = (experts, used, scoring)
    (self.isNormalised, self.groups) = (isNormalised, groups)
    (self.scale, self.bias) = (scale, bias)
  }

  /// The experts of one token by falling score, the lower number first of equals, with their weights.
  ///
  /// NaN among the logits makes weights NaN; the choice is then any. Cost: experts · used comparisons.
  /// Accuracy: weights' relative error ≤ (experts + 16) · 2⁻²⁴, where the choice is that of exact scores.
  public func route(_ logits: UnsafePointer<Float>) -> [(expert: Int, weight: Float)] {
    let scores = scores(UnsafeBufferPointer(start: logits, count: experts))
    var choice = bias.isEmpty ? scores : zip(scores, bias).map { $0 + $1 }
    if let groups { keepBestGroups(groups, &choice) }
    var chosen: [(expert: Int, weight: Float)] = []
    for _ in 0..<used {
      var best = 0
      for expert in 1..<max(experts, 1) where choice[expert] > choice[best] { best = expert }
      choice[best] = -.infinity
      chosen.append((best, scores[best]))
    }
    let sum = chosen.reduce(0) { $0 + $1.weight }
    // The least divisor keeps 0 ÷ 0 out; source: DeepSeek-V3's reference code.
    let factor = isNormalised ? scale / (sum + 1e-20) : scale
    return chosen.map { ($0.expert, $0.weight * factor) }
  }

  private func scores(_ logits: UnsafeBufferPointer<Float>) -> [Float] {
    switch scoring {
    case .sigmoid:
      return logits.map { 1 / (1 + expf(-$0)) }
    case .softmax:
      let greatest = logits.max() ?? 0
      let powers = logits.map { expf($0 - greatest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  private func keepBestGroups(_ groups: (count: Int, used: Int), _ choice: inout [Float]) {
    let size = experts / groups.count
    var worth = (0..<groups.count).map { group in
      let best = choice[group * size..<(group + 1) * size].sorted(by: >)
      return best.prefix(2).reduce(0, +)
    }
    var kept = Set<Int>()
    for _ in 0..<groups.used {
      var best = 0
      for group in 1..<groups.count where worth[group] > worth[best] { best = group }
      worth[best] = -.infinity
      kept.insert(best)
    }
    for expert in 0..<experts where !kept.contains(expert / size) { choice[expert] = -.infinity }
  }
}
