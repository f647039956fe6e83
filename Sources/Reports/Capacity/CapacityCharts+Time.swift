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
    let lines = workloads.enumerated().compactMap { series, workload -> Chart.Mark? in
      let points = runs.compactMap { run -> Chart.Point? in
        let shares = run.kernels.filter { $0.workload == workload }
          .compactMap { $0.efficiency?.value }
        return Sample(shares).median.map { .init(run.startedAt, $0) }
      }
      return points.count > 1 ? .line(points, label: workload, series: series) : nil
    }
    guard !lines.isEmpty else { return nil }
    let isOneDay = last.startedAt - first.startedAt < 86_400
    return Chart(
      title: "Efficiency over the stored baselines",
      summary:
        "\(runs.count) runs from \(timestamp(first.startedAt)) to \(timestamp(last.startedAt)).",
      x: .init(isOneDay ? "UTC, \(timestamp(last.startedAt).prefix(10))" : "day") { time in
        let text = timestamp(time)
        return String(isOneDay ? text.dropFirst(11).prefix(5) : text.dropFirst(5).prefix(5))
      }.spanning(first.startedAt...last.startedAt),
      y: .init("share of the ceiling, median of a workload's rows") {
        Decimal.fixed($0 * 100, 0) + " %"
      }, marks: lines)
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
