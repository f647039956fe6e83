import Statistics

/// One row on its way through the gate.
struct GateRow: Sendable {
  /// Where it is.
  enum Phase: Sendable, Equatable {
    case screen
    case confirm
    case done(Verdict)
  }

  let id: String
  let isCanary: Bool
  private(set) var phase = Phase.screen
  private(set) var screen = GateStage()
  private(set) var confirmation = GateStage()
  /// Differences of the same binary from itself.
  var noise: [Double] = []
  /// What the screen says about the confirmation: the mean to expect, and pairs to take at least.
  private var screenMean = 0.0
  private var plannedPairs = 0

  init(_ id: String, isCanary: Bool = false) {
    self.id = id
    self.isCanary = isCanary
  }

  var stage: Gate.Stage? {
    switch phase {
    case .screen: .screen
    case .confirm: .confirm
    case .done: nil
    }
  }

  /// The change that the screen saw, which a confirmation is about.
  private(set) var flag: GateStage.Direction?

  /// The stage that decides, or decided.
  var deciding: GateStage { flag != nil ? confirmation : screen }

  /// Pairs that the current stage still needs.
  func missingPairs(_ design: GateDesign) -> Int {
    switch phase {
    case .screen:
      let sigma = BlindDeviation.of(screen.differences)
      return missing(design.screenPairs(sigma: sigma), of: screen, design)
    case .confirm:
      let sigma = BlindDeviation.of(confirmation.differences, about: screenMean)
      let wanted = max(plannedPairs, design.confirmPairs(sigma: sigma))
      return missing(wanted, of: confirmation, design)
    case .done: return 0
    }
  }

  /// As many kept pairs as hold the rejected share down too: what was rejected is the environment's
  /// doing, so that going on for it is no second try at a value.
  private func missing(_ wanted: Int, of stage: GateStage, _ design: GateDesign) -> Int {
    let share = design.largestRejectedShare
    let diluted = Double(stage.rejected) * (1 - share) / share
    guard diluted <= Double(design.maximumPairs) else { return 0 }
    return max(max(wanted, Int(diluted.rounded(.up))) - stage.differences.count, 0)
  }

  mutating func add(_ pairs: [Double], rejected: Int, _ design: GateDesign) {
    let asked = pairs.prefix(missingPairs(design))
    switch phase {
    case .screen: screen.add(asked, rejected: rejected)
    case .confirm: confirmation.add(asked, rejected: rejected)
    case .done: return
    }
    if !screen.isFinite || !confirmation.isFinite {
      phase = .done(.inconclusive)
    } else if missingPairs(design) == 0 {
      endStage(design)
    }
  }

  private mutating func endStage(_ design: GateDesign) {
    if let flag {
      let found = confirmation.change(level: design.confirmLevel, floor: design.floor)
      phase = .done(found == flag ? flag.verdict : unchanged(design))
    } else if let direction = screen.change(level: design.screenLevel, floor: design.floor) {
      guard !isCanary else {
        phase = .done(direction.verdict)
        return
      }
      (phase, flag) = (.confirm, direction)
      // The confirmation's pairs are fresh: its length may hang on all that the screen showed. A
      // deviation found in few pairs is as often too small as too large, hence its upper limit.
      let sigma = Sample(screen.differences).standardDeviationLimit(confidence: 0.8) ?? 0
      plannedPairs = design.confirmPairs(sigma: sigma)
      screenMean = Sample(screen.differences).mean ?? 0
    } else {
      phase = .done(unchanged(design))
    }
  }

  /// `same` where a slowdown of the target size would have been seen, and lies above what the pairs
  /// allow.
  private func unchanged(_ design: GateDesign) -> Verdict {
    guard let mean = Sample(deciding.differences).mean else { return .inconclusive }
    let highest =
      mean + deciding.standardError * NormalDistribution.quantile(design.exclusion)
    return detectableEffect(design) <= design.target && highest < design.target
      ? .same : .inconclusive
  }

  func detectableEffect(_ design: GateDesign) -> Double {
    let level = flag != nil ? design.confirmLevel : design.screenLevel
    return design.detectableEffect(standardError: deciding.standardError, level: level)
  }

  /// Share of a stage's pairs that were rejected, the worse one's.
  var rejectedShare: Double { max(screen.rejectedShare, confirmation.rejectedShare) }
}

extension GateStage.Direction {
  var verdict: Verdict { self == .slower ? .slower : .faster }
}
