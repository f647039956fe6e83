import Charts
import Harness
import Statistics
import Units

// What is drawn of several runs: efficiency over time.

extension CapacityRecord {
  /// Median efficiency of each workload over the stored baselines and the run; nil for less than two of them.
  var trend: Chart? {
    let runs = (baselines + (run.map { [$0] } ?? [])).sorted { $0.startedAt < $1.startedAt }
    guard let first = runs.first, let last = runs.last, last.startedAt > first.startedAt else {
      return nil
    }
    let workloads = Set(runs.flatMap(\.kernels).map(\.workload)).sorted()
    let marks = workloads.enumerated().flatMap { series, workload -> [Chart.Mark] in
      var (points, dots): ([Chart.Point], [Chart.Mark]) = ([], [])
      for run in runs {
        let shares = run.kernels.filter { $0.workload == workload }
          .compactMap { $0.efficiency?.value }
        guard let share = Sample(shares).median else { continue }
        points.append(.init(run.startedAt, share))
        dots.append(
          .dot(
            .init(run.startedAt, share),
            title: "\(run.name), \(workload): \(Decimal.fixed(share * 100, 0)) %", series: series))
      }
      guard points.count > 1 else { return [] }
      return [.line(points, label: workload, series: series)] + dots
    }
    guard !marks.isEmpty else { return nil }
    let span = last.startedAt - first.startedAt
    // Of a timestamp, year to second: day and month, hour and minute, or seconds too.
    let part = span >= 86_400 ? 5..<10 : span > 600 ? 11..<16 : 11..<19
    return Chart(
      title: "Efficiency over the stored baselines",
      summary:
        "\(runs.count) runs from \(timestamp(first.startedAt)) to \(timestamp(last.startedAt)).",
      x: .init(span >= 86_400 ? "day" : "UTC, \(timestamp(last.startedAt).prefix(10))") { time in
        String(timestamp(time).prefix(part.upperBound).dropFirst(part.lowerBound))
      }.spanning(first.startedAt...last.startedAt),
      y: .init("share of the ceiling, median of a workload's rows") {
        Decimal.fixed($0 * 100, 0) + " %"
      }, marks: marks)
  }
}

extension Chart.Axis {
  /// The same axis over `domain`.
  fileprivate func spanning(_ domain: ClosedRange<Double>) -> Chart.Axis {
    var axis = self
    axis.domain = domain
    return axis
  }
}
