import Charts
public import Harness
import Units

/// A sweep over the cliff by itself, drawn from the run's document alone: the same document gives the same bytes.
public struct CliffReport: Sendable {
  private let run: RunDocument
  private let walks: [Walk]
  private let chart: Chart

  /// A report of the walks in `run`; nil where it has none.
  public init?(_ run: RunDocument) {
    self.run = run
    walks = run.results.compactMap(Walk.init)
    guard let first = walks.first else { return nil }
    chart = Chart(sweep: walks.filter { $0.model == first.model && $0.part == first.part })
  }

  /// What its files are called, without their ending: after the model.
  public var name: String {
    let model = walks.first?.model ?? ""
    return "cliff-"
      + String(
        model.map { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) ? $0 : "-" })
  }

  /// The files of the report, by their endings: json, md, csv, and the plot as svg.
  ///
  /// Errors: what JSON encoding throws.
  public func files() throws -> [(ending: String, text: String)] {
    let report = RunReport(run)
    return [
      ("json", try report.rendered(as: .json)), ("md", try report.rendered(as: .markdown)),
      ("csv", try report.rendered(as: .csv)), ("svg", picture),
    ]
  }

  /// The plot as a file of its own: it brings its colours, its paper and a margin.
  private var picture: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 752 444" width="752" height="444" \
    font-family="system-ui, sans-serif">
    <style>
    \(CapacityStyle.css)
    </style>
    <rect width="100%" height="100%" fill="var(--paper)"/>
    <g transform="translate(16 12)">
    \(chart.svg(width: 720, height: 420))</g>
    </svg>

    """
  }
}
