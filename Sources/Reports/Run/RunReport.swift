import Harness
import Statistics
import Units

/// A run's results in every format.
public struct RunReport: Sendable {
  let document: RunDocument

  /// A report of `document`.
  public init(_ document: RunDocument) { self.document = document }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text: text(style)
    case .json: try JSON.text(document)
    case .markdown:
      "## \(heading)\n\n"
        + (tables.map(\.markdown) + [notes.map { "- \($0)\n" }.joined()]).joined(separator: "\n")
    case .csv: csvTable.csv
    }
  }

  private var heading: String {
    let environment = document.environment
    let caches = Set(document.results.compactMap(\.cache))
    return "\(environment.fingerprint) · \(environment.instructionSet) kernels"
      + (document.suite.map { " · suite \($0)" } ?? "")
      + (caches.count == 1 ? caches.map { " · \($0.rawValue) caches" }.joined() : "")
      + (document.interrupted ? " · interrupted, partial" : "")
  }

  private func text(_ style: Style) -> String {
    let notes = notes.map { style.yellow("note") + "  \($0)\n" }.joined()
    return ([style.bold(heading) + "\n"] + tables.map { $0.text(style: style) } + [notes])
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var notes: [String] {
    let providers = document.providers.dropFirst().map { "\($0.name) is \($0.details)" }
    return providers + [document.environment.measuring.map(measuring)].compactMap { $0 }
      + document.environment.warnings
  }

  private func measuring(_ cost: MeasuringCost) -> String {
    "of every sample \(Seconds(cost.emptyKernelSeconds)) are the harness (an empty kernel); the clock "
      + "moves in steps of \(Seconds(cost.clockResolutionSeconds)) and takes "
      + "\(Seconds(cost.clockReadingSeconds)) to read; looking at the system beside a sample takes "
      + "\(Seconds(cost.evidenceSeconds)), untimed"
  }

  private var tables: [Table] {
    var names: [String] = []
    for result in document.results where !names.contains(result.workload) {
      names.append(result.workload)
    }
    return names.map { name in table(name, document.results.filter { $0.workload == name }) }
      + [CliffTable(document.results).table].compactMap(\.self)
      + [ceilings].filter { !$0.rows.isEmpty }
  }

  /// Seconds from which on it is told how long loading and repacking took, which is in no other figure.
  private static let notableSetup = 0.001

  /// One workload's rows. Columns that say nothing in this run are left out.
  private func table(_ workload: String, _ results: [RunDocument.Result]) -> Table {
    let hasRatio = results.contains { $0.ratio != nil }
    let hasScaling = results.contains { $0.scaling != nil }
    let hasSetup = results.contains { $0.setupSeconds ?? 0 >= Self.notableSetup }
    var footnotes: [String] = []
    let rows = results.map { result in
      var cells = [
        String(result.id.dropFirst(workload.count + 1)), shortName(result.provider),
        "\(result.threads)",
      ]
      cells += figures(result)
      if hasRatio { cells.append(result.ratio.map(print) ?? "") }
      if hasScaling { cells.append(result.scaling.map(print) ?? "") }
      if hasSetup { cells.append(result.setupSeconds.map { "\(Seconds($0))" } ?? "–") }
      cells.append(verdict(result, &footnotes))
      return cells
    }
    let headings = ["", "provider", "threads", "time", "±", "samples", "rate", "of its ceiling"]
    var columns = headings.enumerated().map { index, heading in
      Table.Column(heading, index < 2 ? .left : .right)
    }
    if hasRatio { columns.append(.init("× first provider", .right)) }
    if hasScaling { columns.append(.init("× threads", .right)) }
    if hasSetup { columns.append(.init("made ready in", .right)) }
    return Table(
      title: workload, columns: columns + [.init("answer")], rows: rows, footnotes: footnotes)
  }

  /// `cblas:libopenblas.so.0` for a path's last part, where no two providers would share that.
  private func shortName(_ provider: String) -> String {
    func short(_ name: String) -> String {
      let kind = name.prefix { $0 != ":" }
      return kind == name ? name : "\(kind):\(name.split(separator: "/").last ?? "")"
    }
    let alike = document.providers.count { short($0.name) == short(provider) }
    return alike > 1 ? provider : short(provider)
  }

  private func figures(_ result: RunDocument.Result) -> [String] {
    guard let median = result.medianSeconds, let interval = result.ci95Seconds else {
      return ["–", "–", "–", "–", "–"]
    }
    let half = (interval[1] - interval[0]) / 2 / median
    let share = result.efficiency.map { Decimal.fixed($0 * 100, 0) + " %" }
    let ceiling = result.ceiling.map { " " + $0 } ?? ""
    let samples = "\(result.samplesSeconds.count)" + (result.ended.map { ", \($0)" } ?? "")
    return [
      "\(Seconds(median))", Decimal.fixed(half * 100, 1) + " %", samples,
      result.rate.map { rate($0.value, $0.unit) } ?? "–", share.map { $0 + ceiling } ?? "–",
    ]
  }

  private func verdict(
    _ result: RunDocument.Result, _ footnotes: inout [String]
  ) -> String {
    guard let reason = result.reason else { return result.check == nil ? "–" : "right" }
    if !footnotes.contains(where: { $0.hasSuffix(reason) }) {
      footnotes.append("[\(footnotes.count + 1)] \(reason)")
    }
    let number = (footnotes.firstIndex { $0.hasSuffix(reason) } ?? 0) + 1
    let word =
      result.check?.passed == false
      ? "WRONG" : result.status == .failed ? "FAILED" : "skipped"
    return "\(word) [\(number)]"
  }

  private func print(_ ratio: RunDocument.Ratio) -> String {
    let digits = { Decimal.fixed($0, 2) }
    return "\(digits(ratio.value)) (\(digits(ratio.ci95[0]))–\(digits(ratio.ci95[1])))"
  }

  func rate(_ value: Double, _ unit: String) -> String {
    switch unit {
    case "FLOP/s": "\(FLOPsPerSecond(value))"
    case "B/s": "\(BytesPerSecond(value))"
    case "tok/s": Decimal.significant(value) + " tok/s"
    default: "\(Quantity<IntegerRate>(value))"
    }
  }
}

private enum IntegerRate: Unit { static let symbol = "op/s" }
