import Statistics
import Units

extension RateEstimate {
  /// Reading a prompt that fills the context, a micro-batch at a time.
  ///
  /// A token costs `2 × active parameters` and attention to half the prompt on average; a
  /// micro-batch reads the weights once. Nil when the architecture, the arithmetic peak, or the disk
  /// it must stream from is unknown.
  static func prefill(_ question: Question, ledger: MemoryLedger, verdict: Verdict)
    -> RateEstimate?
  {
    guard question.isKnown, verdict != .exceeds else { return nil }
    let tokens = question.promptStep
    let touched = question.weights.bytesRead(tokens: tokens)
    let pairs = question.groups.reduce(0) {
      $0 + Double($1.layers) * $1.multiplyAddsPerPair * $1.meanSeen(prompt: question.context)
    }
    let work = 2 * Double(tokens) * (question.weights.activeParameters + pairs)
    guard
      var time = question.fittedPrefillTime(tokens: tokens)
        ?? question.assumedPrefillTime(bytes: touched, work: work)
    else { return nil }
    time.link = question.link(tokens: tokens)
    if question.readsDisk(verdict) {
      guard let read = question.disk(touched: touched, besides: time, ledger: ledger) else {
        return nil
      }
      time = read
    }
    return RateEstimate(question, time: time, tokens: tokens, bytes: touched, work: work)
  }
}

extension Question {
  /// The time of a micro-batch by the shares of a class of devices, or by what was measured on a processor;
  /// nil without an arithmetic peak.
  fileprivate func assumedPrefillTime(bytes: Double, work: Double) -> StepTime? {
    guard let rate = prefillArithmetic else { return nil }
    var time = StepTime()
    time.reading = .time(bytes, at: readRate)
    time.arithmetic = .time(work, at: rate)
    time.overhead = box.layerOverhead * Double(layers)
    return time
  }

  /// Prompt tokens that go through the model together, of all sequences.
  fileprivate var promptStep: Int {
    min(
      settings.runtime == .vllm ? Runtime.vllmBatchedTokens : settings.microBatch,
      context.timesSaturated(settings.batch))
  }
}
