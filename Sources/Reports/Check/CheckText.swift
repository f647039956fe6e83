import Capacity
import Units

/// `plimsoll check` as a person reads it: the answer first, then how fast, then why.
struct CheckText {
  let assessment: Assessment
  var verification: Verification?
  let style: Style

  func render() -> String {
    let verified = verification?.table.text(style: style) ?? ""
    let parts = [
      heading, verdict, picture, speed, verified, ledger, shared, alternatives, warnings,
    ]
    return
      parts
      .filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  private var answer: Answer { Answer(assessment) }

  private var heading: String {
    let model = assessment.model
    let parameters =
      model.parametersActive < model.parametersTotal * 9 / 10
      ? "\(billions(model.parametersTotal)) parameters, \(billions(model.parametersActive)) a token"
      : "\(billions(model.parametersTotal)) parameters"
    let box = assessment.box
    return """
      \(style.bold("\(model.name) · \(model.quantisation)")) · \(parameters)
      on \(style.bold(box.name)) · \(box.measured ? box.source : "datasheet figures, not measured")
      \(question)

      """
  }

  /// What was asked, in one line.
  private var question: String {
    let settings = assessment.settings
    var parts: [String]
    if let training = assessment.training?.settings {
      parts = [
        "to fine-tune (\(training.method.rawValue)"
          + (training.method == .full ? ")" : ", rank \(training.rank))"),
        "sequences of \(Decimal.grouped(training.sequence))", "batch \(training.batch)",
        training.optimizer.rawValue, training.recipe.trainer.rawValue,
      ]
    } else {
      parts = [
        "context \(Decimal.grouped(assessment.context))", "KV cache \(settings.cacheType.rawValue)",
        settings.runtime.rawValue,
      ]
      if settings.batch > 1 { parts.insert("\(settings.batch) sequences", at: 1) }
    }
    if settings.boxes > 1 { parts.append("split over \(settings.boxes) boxes, figures for each") }
    return parts.joined(separator: " · ")
  }

  private var verdict: String {
    let (word, colour, sentence) = answer.verdict.telling
    return "  " + colour(style)(style.bold(word)) + "  " + sentence + "\n"
  }

  private var picture: String {
    let bar = LoadLine(required: answer.required, budget: answer.budget)
    let least = answer.verdict == .unknown ? "at least " : ""
    return """
        needs \(least)\(answer.required), can carry \(answer.budget)\
      \(assessment.settings.memory == nil ? "" : " (as asked)")

        \(bar.text(style: style))
        \(bar.label("load line", style: style))

      """
  }

  private var speed: String {
    let table = assessment.speedTable
    return table.rows.isEmpty ? "" : table.text(style: style)
  }

  private var ledger: String {
    var table = assessment.ledgerTable
    table.columns.removeLast()
    table.rows = table.rows.map { $0.dropLast() }
    return table.text(style: style)
  }

  private var shared: String {
    let table = assessment.sharedMemoryTable
    return table.rows.isEmpty ? "" : table.text(style: style)
  }

  private var alternatives: String {
    let table = assessment.alternativesTable
    return table.rows.isEmpty ? "" : table.text(style: style)
  }

  private var warnings: String {
    assessment.warnings.map { style.yellow("note") + "  \($0.message)\n" }.joined()
  }

  private func billions(_ count: Int) -> String {
    count < 1_000_000_000
      ? Decimal.significant(Double(count) / 1e6) + " M"
      : Decimal.significant(Double(count) / 1e9) + " B"
  }
}

extension Verdict {
  /// The verdict for people: a word, its colour, and what it means.
  fileprivate var telling: (word: String, colour: (Style) -> (String) -> String, sentence: String) {
    switch self {
    case .fits: ("FITS", Style.green, "All of it fits, with room to spare.")
    case .tight: ("TIGHT", Style.yellow, "It fits, with less than a tenth of the memory to spare.")
    case .streams:
      (
        "STREAMS", Style.yellow,
        "Too large for the memory: weights are read from disk for every token."
      )
    case .exceeds: ("EXCEEDS", Style.red, "It does not fit.")
    case .unknown:
      (
        "UNKNOWN", Style.yellow,
        "The weights fit; this architecture is not known, so its cache can't be counted."
      )
    }
  }
}
