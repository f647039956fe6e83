import Capacity
import Harness

/// The answer of `plimsoll check` in every format.
public struct CheckReport: Sendable {
  private let assessment: Assessment
  private let verification: Verification?

  /// A report of `assessment`, with what was run to verify it.
  public init(_ assessment: Assessment, verification: Verification? = nil) {
    (self.assessment, self.verification) = (assessment, verification)
  }

  /// The verdict on the question asked: the training run's with `--train`, else the run's.
  public var verdict: Verdict { Answer(assessment).verdict }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text: CheckText(assessment: assessment, verification: verification, style: style).render()
    case .json: try JSON.text(CheckDocument(assessment, verification))
    case .markdown: markdown
    case .csv: assessment.csvTable(verification).csv
    }
  }

  private var markdown: String {
    let answer = Answer(assessment)
    let model = assessment.model
    let head = """
      ## \(model.name) \(model.quantisation) on \(assessment.box.name): \(answer.verdict.rawValue)

      Needs \(answer.required), can carry \(answer.budget). Box: \(assessment.box.source).

      """
    let verified = verification.map { [$0.table] } ?? []
    let tables =
      [assessment.speedTable] + verified + [
        assessment.ledgerTable, assessment.sharedMemoryTable, assessment.alternativesTable,
      ]
    let notes = assessment.warnings.map { "> \($0.message)\n" }
    return ([head] + tables.filter { !$0.rows.isEmpty }.map(\.markdown) + notes)
      .joined(separator: "\n")
  }
}
