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
    guard question.isKnown, verdict != .exceeds, let rate = question.prefillArithmetic else {
      return nil
    }
    let tokens = question.promptStep
    let touched = question.weights.bytesRead(tokens: tokens)
    let pairs = question.groups.reduce(0) {
      $0 + Double($1.layers) * $1.multiplyAddsPerPair * $1.meanSeen(prompt: question.context)
    }
    let work = 2 * Double(tokens) * (question.weights.activeParameters + pairs)
    var time = StepTime()
    time.reading = .time(touched, at: question.readRate)
    time.arithmetic = .time(work, at: rate)
    time.overhead = question.box.layerOverhead * Double(question.layers)
    time.link = question.link(tokens: tokens)
    if verdict == .streams {
      let budget = question.budget
      guard let disk = question.disk(touched: touched, budget: budget, ledger: ledger) else {
        return nil
      }
      time.disk = disk
    }
    return RateEstimate(question, time: time, tokens: tokens, bytes: touched, work: work)
  }
}

extension Question {
  /// Prompt tokens that go through the model together.
  fileprivate var promptStep: Int {
    min(settings.runtime == .vllm ? Runtime.vllmBatchedTokens : settings.microBatch, context)
  }
}
