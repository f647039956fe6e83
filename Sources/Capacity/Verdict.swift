import Units

/// Whether a box carries a model.
public enum Verdict: String, Sendable, CaseIterable, Codable {
  /// All of it fits, and at least a tenth of the budget stays free.
  case fits
  /// All of it fits, with less than a tenth of the budget to spare.
  case tight
  /// Everything but the weights fits; the weights, mapped from a file, are partly read again from
  /// disk for every token. Only where the processor's own pages hold the model (`system`, `unified`)
  /// and the runtime maps its file.
  case streams
  /// It does not fit.
  case exceeds
  /// The weights fit, but the architecture is unknown: what its cache needs can't be said.
  case unknown

  /// Yes, no, or nil for "cannot say".
  public var isYes: Bool? {
    switch self {
    case .fits, .tight: true
    case .streams, .exceeds: false
    case .unknown: nil
    }
  }

  /// The share of the budget that has to stay free for `fits`.
  public static let comfortableHeadroom = 0.1
}

extension Verdict {
  /// The verdict on `ledger` within `budget`.
  ///
  /// - Parameters:
  ///   - isKnown: whether the ledger is complete; else it is a lower bound.
  ///   - mayStream: whether weights may stay on disk and be read as they are used.
  init(_ ledger: MemoryLedger, budget: Bytes, isKnown: Bool, mayStream: Bool) {
    let required = ledger.total
    let comfortable = Double(budget.count) * (1 - Self.comfortableHeadroom)
    let besideWeights = required.count - ledger.total(.weights).count
    if !isKnown {
      self = required > budget ? .exceeds : .unknown
    } else if Double(required.count) <= comfortable {
      self = .fits
    } else if required <= budget {
      self = .tight
    } else {
      self =
        mayStream && besideWeights <= budget.count && required.count < .max
        ? .streams : .exceeds
    }
  }
}

extension Question {
  /// Whether the weights may stay on disk and be read as they are used.
  var mayStream: Bool { box.pool != .discrete && settings.runtime.mapsWeights }

  /// The verdict on `ledger`, which must be this question's.
  func verdict(_ ledger: MemoryLedger) -> Verdict {
    Verdict(ledger, budget: budget, isKnown: isKnown, mayStream: mayStream)
  }
}
