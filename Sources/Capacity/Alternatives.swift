import Models
import Units

extension Question {
  /// What would fit on the same box: the best of `candidates` at this context, and the longest
  /// context at this quantisation.
  ///
  /// `candidates` come best first and are looked at only until one fits. Where none does, the last
  /// is listed with its verdict. Nothing is said of an unknown architecture.
  func alternatives(_ candidates: some Sequence<Model>) -> [Assessment.Alternative] {
    guard isKnown else { return [] }
    return [quantisation(candidates), longestContext].compactMap { $0 }
  }

  private func quantisation(_ candidates: some Sequence<Model>) -> Assessment.Alternative? {
    var last: Assessment.Alternative?
    for candidate in candidates {
      let question = Question(
        model: candidate, box: box, settings: settings, profiles: profiles)
      let row = question.at(context: context).alternative(.bestQuantisation)
      if row.verdict.isYes == true { return row }
      last = row
    }
    last?.reason = .smallestQuantisation
    return last
  }

  /// The longest context that fits, in steps of 256 tokens up to what the model was trained for;
  /// nil when not even the shortest fits.
  ///
  /// What a context needs never falls as it grows, so bisection finds it in some 20 looks.
  private var longestContext: Assessment.Alternative? {
    let step = 256
    let trained = model.geometry.contextLength ?? 1 << 20
    if carries(context: trained) { return at(context: trained).alternative(.longestContext) }
    var fits = 0
    var tooLong = max(1, trained / step)
    while tooLong - fits > 1 {
      let middle = fits + (tooLong - fits) / 2
      if carries(context: middle * step) { fits = middle } else { tooLong = middle }
    }
    return fits > 0 ? at(context: fits * step).alternative(.longestContext) : nil
  }

  private func carries(context: Int) -> Bool {
    let question = at(context: context)
    return question.verdict(MemoryLedger(question)).isYes == true
  }

  /// This question's answer as a row of the list.
  private func alternative(_ reason: Assessment.Alternative.Reason) -> Assessment.Alternative {
    let ledger = MemoryLedger(self)
    let verdict = verdict(ledger)
    let decode = RateEstimate.decode(self, ledger: ledger, verdict: verdict)
    return Assessment.Alternative(
      quantisation: model.quantisation, context: context, verdict: verdict,
      required: ledger.total, decodeTokensPerSecond: decode?.tokensPerSecond.value, reason: reason)
  }
}
