import Statistics
import Units

/// How many experts the sequences of a batch use together.
enum ExpertCoverage {
  /// As many as random choices touch.
  case expected
  /// The same ones all, as sequences that say the same do.
  case least
}

extension RateEstimate {
  /// Generating one token of every sequence: weights once, the cache of each sequence.
  ///
  /// `t = max(bytes / bandwidth, arithmetic / rate) + layers × overhead + disk + link`, each an
  /// interval. Nil when the architecture or the disk it must stream from is unknown.
  static func decode(
    _ question: Question, ledger: MemoryLedger, verdict: Verdict,
    coverage: ExpertCoverage = .expected
  ) -> RateEstimate? {
    guard question.isKnown, verdict != .exceeds else { return nil }
    let batch = question.settings.batch
    let touched = question.weights.bytesRead(tokens: coverage == .expected ? batch : 1)
    let bytes = touched + question.cacheBytesRead
    let pairs = question.groups.reduce(0) {
      $0 + Double($1.layers) * $1.multiplyAddsPerPair * $1.seen(depth: question.depth)
    }
    let work = 2 * Double(batch) * (question.weights.activeParameters + pairs)
    var time = StepTime()
    time.reading = .time(bytes, at: question.readRate)
    if let rate = question.decodeArithmetic { time.arithmetic = .time(work, at: rate) }
    time.overhead = question.box.layerOverhead * Double(question.layers)
    time.link = question.link(tokens: batch)
    if verdict == .streams {
      let budget = question.budget
      guard let disk = question.disk(touched: touched, budget: budget, ledger: ledger) else {
        return nil
      }
      time.disk = disk
    }
    return RateEstimate(question, time: time, tokens: batch, bytes: bytes, work: work)
  }

  /// The rate of `tokens` tokens a step that takes `time`; the limit lets several boxes share the
  /// work perfectly.
  init(_ question: Question, time: StepTime, tokens: Int, bytes: Double, work: Double) {
    let arithmetic = question.box.highestPeak.map { work / $0 } ?? 0
    let fastest = max(bytes / question.readLimit, arithmetic) / Double(question.settings.boxes)
    self.init(
      tokensPerSecond: .rate(Double(tokens), in: time.total),
      limit: Double(tokens) / max(fastest, time.disk.low),
      boundBy: time.boundBy, bytesPerStep: Bytes(Int(saturating: bytes)),
      arithmeticPerStep: FLOPs(work))
  }
}
