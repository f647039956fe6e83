import Units

/// A walk that is ready to decode: weights that lie somewhere, and a cache that is filled.
public final class WalkSession {
  /// Seconds that it took: writing, filling, mapping.
  public let setupSeconds: Double
  private let walk: DecodeWalk
  private let source: any WeightSource
  private let weights: RandomWeights?
  /// When the last token was begun.
  private var begun: (counters: EvidenceCounters, at: ContinuousClock.Instant)?

  init(
    _ walk: DecodeWalk, _ source: any WeightSource, _ weights: RandomWeights?,
    setupSeconds: Double
  ) {
    (self.walk, self.source, self.weights) = (walk, source, weights)
    self.setupSeconds = setupSeconds
  }

  deinit { source.end() }

  /// Decodes one token, and tells what it did to the box. The first one meets weights that nobody has
  /// touched.
  ///
  /// - Parameter isInterrupted: asked before each step.
  /// Errors: `.interrupted`; what reading meets; `.refused` for a policy that the system doesn't know.
  public func token(
    isInterrupted: () -> Bool = { false }
  ) throws(SimulationError) -> (token: DecodeWalk.Token, evidence: TokenEvidence) {
    let before = EvidenceCounters()
    begun = (before, .now)
    let token = try walk.token(isInterrupted: isInterrupted)
    return (token, EvidenceCounters().since(before, seconds: token.seconds))
  }

  /// The share, 0 to 1, of the weights' pages that are in memory; nil where the system doesn't say, or where
  /// nothing is mapped. Cost: a byte a page that is looked at.
  public var residentShare: Double? { (source as? MappedWeights)?.residentShare }

  /// Of how many stretches of the weights one is looked at for `residentShare`.
  var residentSampling: Int? { (source as? MappedWeights)?.residentSampling }

  /// What is known by now of a token that was given up; nil before the first one.
  var unfinished: SimulationResult.Unfinished? {
    begun.map { counters, start in
      .init(
        evidence: EvidenceCounters().since(
          counters, seconds: (ContinuousClock.now - start) / .seconds(1)),
        weightBytes: Bytes(walk.walked.bytes), ofBytes: Bytes(walk.walked.of))
    }
  }

  /// Decodes one token more, and holds results of each product against Double arithmetic; where nothing is
  /// multiplied, some of the bytes against those that were written.
  ///
  /// Errors: as of `token`; `.refused` without memory for what is compared.
  public func check(
    isInterrupted: () -> Bool = { false }
  ) throws(SimulationError) -> WalkCheck.Outcome {
    try walk.checked(
      by: WalkCheck(layout: walk.layout, weights: weights, input: walk.input), isInterrupted)
  }

  /// Ends threads that read ahead.
  public func end() { source.end() }
}
