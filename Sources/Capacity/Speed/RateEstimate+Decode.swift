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
  /// By a fitted profile where there is one; else `t = max(bytes / bandwidth, arithmetic / rate) + layers ×
  /// overhead`, each an interval. Disk and link add to both. Nil when the architecture or the disk it must
  /// stream from is unknown.
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
    var time = question.fittedDecodeTime ?? question.assumedDecodeTime(bytes: bytes, work: work)
    time.link = question.link(tokens: batch)
    if question.readsDisk(verdict) {
      guard let read = question.disk(touched: touched, besides: time, ledger: ledger) else {
        return nil
      }
      time = read
    }
    return RateEstimate(question, time: time, tokens: batch, bytes: bytes, work: work)
  }

  /// The rate of `tokens` tokens a step that takes `time`, within the limit; that lets several boxes share the
  /// work perfectly.
  init(_ question: Question, time: StepTime, tokens: Int, bytes: Double, work: Double) {
    let arithmetic = question.box.highestPeak.map { work / $0 } ?? 0
    let fastest = max(bytes / question.readLimit, arithmetic) / Double(question.settings.boxes)
    let limit = Double(tokens) / max(fastest, time.leastDisk)
    self.init(
      tokensPerSecond: .rate(Double(tokens), in: time.total).atMost(limit), limit: limit,
      boundBy: time.boundBy, bytesPerStep: Bytes(Int(saturating: bytes)),
      arithmeticPerStep: FLOPs(work))
  }
}

extension Question {
  /// The time of a step by the shares of a class of devices, or by what was measured on a processor.
  fileprivate func assumedDecodeTime(bytes: Double, work: Double) -> StepTime {
    var time = StepTime()
    time.reading = .time(bytes, at: readRate)
    if let rate = decodeArithmetic { time.arithmetic = .time(work, at: rate) }
    time.overhead = box.layerOverhead * Double(layers)
    return time
  }
}

extension Estimate {
  /// No figure above `limit`.
  fileprivate func atMost(_ limit: Double) -> Estimate {
    Estimate(value: min(value, limit), low: min(low, limit), high: min(high, limit))
  }
}
