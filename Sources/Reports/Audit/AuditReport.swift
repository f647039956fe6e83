import Capacity
import Harness
import Units

/// An audit in every format: what can't be true first, then what could not be judged.
public struct AuditReport: Sendable {
  private let audit: Audit
  private let file: String

  /// A report of `audit` over the file of that name.
  public init(_ audit: Audit, file: String) { (self.audit, self.file) = (audit, file) }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text:
      let first = impossible.isEmpty ? style.green(headline) : style.red(headline)
      return ([style.bold(first) + "\n"] + tables.map { $0.text(style: style) })
        .joined(separator: "\n")
    case .json: return try JSON.text(document)
    case .markdown:
      return (["## \(headline)\n"] + tables.map(\.markdown)).joined(separator: "\n")
    case .csv: return claims.csv
    }
  }

  private var impossible: [Audit.Claim] { audit.claims.filter(\.isImpossible) }

  private var headline: String {
    let judged = audit.claims.count { $0.limit != nil }
    let others = audit.claims.count - judged
    return "\(file): \(impossible.count) of \(judged) rates can't be true"
      + (others == 0 ? "" : ", \(others) could not be judged")
  }

  private var tables: [Table] { [broken, unjudged].filter { !$0.rows.isEmpty } }

  private var broken: Table {
    Table(
      title: "What can't be true",
      columns: [
        .init("line", .right), .init("device"), .init("model"), .init("what"),
        .init("claimed", .right), .init("physics allows", .right), .init("times", .right),
        .init("doubted before"),
      ],
      rows: impossible.map { claim in
        [
          "\(claim.line)", device(claim), subject(claim), what(claim), rate(claim, claim.rate),
          claim.limit.map { rate(claim, $0) } ?? "–",
          claim.excess.map { Decimal.significant($0) } ?? "–", claim.isDoubted ? "yes" : "no",
        ]
      },
      footnotes: [
        "the limit is the datasheet's full memory or arithmetic rate, whichever is reached first, with no "
          + "overhead; 5 % beyond it are allowed"
      ])
  }

  private var unjudged: Table { Table(title: "Not judged", reasons: audit.unjudged) }

  /// Every claim, for other programs.
  private var claims: Table {
    Table(
      title: "",
      columns: [
        "line", "id", "device", "devices", "model", "kind", "rate", "limit", "times", "reason",
      ]
      .map { .init($0) },
      rows: audit.claims.map { claim in
        let measurement = claim.measurement
        return [
          "\(claim.line)", measurement.id, measurement.device, "\(measurement.deviceCount ?? 1)",
          measurement.model ?? "", claim.kind.rawValue, "\(claim.rate)",
          claim.limit.map { "\($0)" } ?? "", claim.excess.map { "\($0)" } ?? "", claim.reason ?? "",
        ]
      })
  }

  private func device(_ claim: Audit.Claim) -> String {
    let count = claim.measurement.deviceCount ?? 1
    return (count > 1 ? "\(count) × " : "") + claim.measurement.device
  }

  private func subject(_ claim: Audit.Claim) -> String {
    let measurement = claim.measurement
    return [measurement.model ?? measurement.dtype, measurement.quant, measurement.method]
      .compactMap { $0 }.joined(separator: ", ")
  }

  private func what(_ claim: Audit.Claim) -> String {
    let batch = claim.measurement.batch ?? 1
    return claim.kind.rawValue + (batch > 1 ? ", \(batch) sequences" : "")
  }

  private func rate(_ claim: Audit.Claim, _ value: Double) -> String {
    claim.kind == .matmul
      ? FLOPsPerSecond(value).description : "\(Decimal.significant(value)) tok/s"
  }

  private var document: Document {
    Document(
      file: file,
      claims: audit.claims.map { claim in
        Document.Claim(
          line: claim.line, id: claim.measurement.id, device: claim.measurement.device,
          deviceCount: claim.measurement.deviceCount ?? 1, model: claim.measurement.model,
          kind: claim.kind, rate: claim.rate, limit: claim.limit, times: claim.excess,
          impossible: claim.isImpossible, doubted: claim.isDoubted, reason: claim.reason)
      })
  }

  private struct Document: Encodable {
    var schema = "plimsoll/audit@1"
    var file: String
    var claims: [Claim]

    struct Claim: Encodable {
      var line: Int
      var id: String
      var device: String
      var deviceCount: Int
      @Null var model: String?
      var kind: Audit.Kind
      /// Tokens per second, or FLOP/s of a product.
      var rate: Double
      @Null var limit: Double?
      @Null var times: Double?
      var impossible: Bool
      var doubted: Bool
      @Null var reason: String?
    }
  }
}

extension Table {
  /// Why rates were left out, and how many for each reason.
  init(title: String, reasons: [(reason: String, count: Int)]) {
    self.init(
      title: title, columns: [.init("why"), .init("rates", .right)],
      rows: reasons.map { [$0.reason, "\($0.count)"] })
  }
}
