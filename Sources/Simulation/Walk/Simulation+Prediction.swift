public import Capacity
import Models
import Statistics
import Units

extension Simulation {
  /// Whether the weights stay in memory from one token to the next; nil where that hangs on some MiB.
  public var staysInMemory: Bool? {
    guard settings.backing == .file else { return true }
    guard settings.policy != .direct else { return false }
    let room = settings.budget.count - cacheBytes.kept
    return layout.walkedBytes > room ? false : layout.walkedBytes + Self.scratch > room ? nil : true
  }

  /// What is predicted of the rate that a result has, in tokens a second: as `check` does, from what was measured
  /// of `box` before, within the walk's budget. Of a part that is extrapolated, the extrapolation.
  ///
  /// Nil where nothing is decoded (`touchOnly`, sparse) and where the disk is unknown; and where nothing that was
  /// measured tells the time: of weights that are repacked on the way, and of pages that come from the disk otherwise
  /// than by the kernel's own reading ahead.
  public func prediction(on box: Box) -> RateEstimate? {
    guard var rate = predictedPart(on: box) else { return nil }
    // The layers that are left out take as long a byte as those walked.
    let walked = Double(layout.bytesPerToken + cacheBytes.read)
    let (part, share) = (rate.tokensPerSecond, walked / (walked + Double(missing.bytes)))
    rate.tokensPerSecond = Estimate(
      value: part.value * share, low: part.low * share, high: part.high * share)
    rate.limit *= share
    return rate
  }

  /// Policies whose pace from the disk the profile has.
  private static let measured: [Policy] = [.normal, .hugepage, .direct]

  /// What is predicted of the layers that are walked, and the output, alone.
  public func predictedPart(on box: Box) -> RateEstimate? {
    guard !settings.walk.touchOnly, settings.backing != .sparse,
      !layout.tensors.contains(where: { $0.form == .blocks })
    else { return nil }
    let stored = model.part(layout.layers)
    func rate(_ memory: Bytes) -> RateEstimate? {
      let question = CheckSettings(
        context: settings.walk.context,
        cacheType: CacheType(rawValue: settings.walk.cacheType.rawValue) ?? .f16,
        runtime: .plimsoll, weightReading: settings.policy == .direct ? .direct : .mapped,
        memory: memory)
      return Capacity.assess(model: stored, box: box, settings: question).decode
    }
    let plenty = Bytes(1 << 60)
    guard staysInMemory == true || Self.measured.contains(settings.policy) else { return nil }
    if let stays = staysInMemory { return rate(stays ? plenty : settings.budget) }
    guard var either = rate(max(.zero, settings.budget - Bytes(Self.scratch))),
      let fast = rate(plenty)
    else { return nil }
    either.tokensPerSecond.high = fast.tokensPerSecond.high
    return either
  }
}

extension Model {
  /// The first so many layers, and what belongs to no layer.
  fileprivate func part(_ layers: Int) -> Model {
    guard layers < geometry.layers.count else { return self }
    var part = self
    part.geometry.layers = Array(geometry.layers.prefix(layers))
    part.tensors = tensors.filter { WalkTensor.layer(of: $0.name).map { $0 < layers } ?? true }
    return part
  }
}
