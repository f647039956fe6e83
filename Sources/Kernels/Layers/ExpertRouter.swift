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
  /// No expert is chosen twice, whatever the logits. NaN counts as the greatest score, so that it isn't
  /// passed over. Cost: experts · used comparisons.
  /// Accuracy: where the choice is that of exact scores, |error| ≤ γ(2 · experts + 4 · d + 16) · weight
  /// + 2⁻⁵⁸ · scale, d how far logits are apart for softmax, 0 for sigmoid.
  public func route(_ logits: UnsafePointer<Float>) -> [(expert: Int, weight: Float)] {
    let scores = scores(UnsafeBufferPointer(start: logits, count: experts))
    let worth = bias.isEmpty ? scores : zip(scores, bias).map { $0 + $1 }
    let chosen = best(used, of: candidates(worth), by: worth)
    let sum = chosen.reduce(0) { $0 + scores[$1] }
    // The least divisor keeps 0 ÷ 0 out; source: DeepSeek-V3's reference code.
    let divisor = isNormalised ? sum + 1e-20 : 1
    return chosen.map { ($0, scores[$0] / divisor * scale) }
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

  /// Experts of the best groups, rising; all where there are no groups.
  private func candidates(_ worth: [Float]) -> [Int] {
    guard let groups else { return Array(0..<experts) }
    let size = experts / groups.count
    func members(_ group: Int) -> Range<Int> { group * size..<(group + 1) * size }
    let sums = (0..<groups.count).map { group in
      best(min(2, size), of: Array(members(group)), by: worth).reduce(0) { $0 + worth[$1] }
    }
    return best(groups.used, of: Array(0..<groups.count), by: sums).sorted().flatMap(members)
  }

  /// The `count` best of `candidates` by falling worth, the first of equals first.
  private func best(_ count: Int, of candidates: [Int], by worth: [Float]) -> [Int] {
    var rest = candidates
    return (0..<count).map { _ in
      var at = 0
      for other in rest.indices.dropFirst() {
        let (new, old) = (worth[rest[other]], worth[rest[at]])
        if new > old || (new.isNaN && !old.isNaN) { at = other }
      }
      return rest.remove(at: at)
    }
  }
}
