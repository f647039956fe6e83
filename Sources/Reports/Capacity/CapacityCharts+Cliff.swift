import Charts
import Statistics
import Units

// The cliff: what is left of decoding when the weights are larger than the memory.

extension CapacityRecord {
  /// Decoding against the model's size, across the size of the memory; nil without walks.
  var cliff: Chart? {
    let walks = walks.filter { $0.over == nil }
    guard !walks.isEmpty else { return nil }
    let predicted = walks.filter {
      ($0.predictedTokensPerSecond?.low ?? 0) > 0 && ($0.predictedTokensPerSecond?.high ?? 0) > 0
    }
    let band = Chart.Mark.band(
      low: predicted.map { .init($0.weightsBytes / 0x1p30, $0.predictedTokensPerSecond?.low ?? 0) },
      high: predicted.map {
        .init($0.weightsBytes / 0x1p30, $0.predictedTokensPerSecond?.high ?? 0)
      },
      series: 1)
    let dots = walks.map { walk in
      let rate = walk.tokensPerSecond
      return Chart.Mark.dot(
        .init(walk.weightsBytes / 0x1p30, rate.median),
        interval: min(rate.low, rate.high)...max(rate.low, rate.high), label: "",
        title: "\(walk.model), \(walk.backing), \(walk.policy): "
          + "\(Decimal.significant(rate.median)) tok/s"
          + (walk.extrapolated ? ", extrapolated" : ""),
        series: 0, hollow: walk.extrapolated)
    }
    return Chart(
      title: "The cliff: decoding against the size of the model",
      summary: "\(walks.count) walks; the line is the memory a model can have.",
      x: .init("weights", .logarithmic) { plain($0) + " GiB" },
      y: .init("tok/s; hollow: extrapolated; band: predicted", .logarithmic, format: plain),
      marks: (predicted.count > 1 ? [band] : []) + dots + [
        .rule(x: Double(box.budgetBytes.count) / 0x1p30, label: "memory")
      ])
  }

  /// Decoding as the weights outgrow the memory, of the first model that was swept; nil without a sweep.
  var sweep: Chart? {
    guard let first = walks.first(where: { $0.over != nil }) else { return nil }
    let swept = walks.filter { $0.over != nil && $0.model == first.model && $0.part == first.part }
    return Chart(sweep: swept)
  }
}

extension Chart {
  /// Tokens a second over `over`, a colour a policy; the policy with most points gets a line and what was predicted
  /// of it.
  init(sweep: [Walk]) {
    let policies = sweep.map(\.policy).reduce(into: [String]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    func count(_ policy: String) -> Int { sweep.count { $0.policy == policy } }
    let ordered = policies.enumerated().sorted {
      (count($1.element), $0.offset) < (count($0.element), $1.offset)
    }.map(\.element)
    let marks = ordered.enumerated().flatMap { series, policy in
      let own = sweep.filter { $0.policy == policy }.sorted { ($0.over ?? 0) < ($1.over ?? 0) }
      return Self.marks(own, series: min(series, 5), isWhole: own.count > 2)
    }
    let model = sweep.first.map { $0.model + ($0.part.map { ", \($0)" } ?? "") } ?? ""
    let bracketed = sweep.filter { walk in
      walk.predictedTokensPerSecond.map {
        ($0.low...max($0.low, $0.high)).contains(walk.tokensPerSecond.median)
      } ?? false
    }
    self.init(
      title: "The cliff: \(model), as its weights outgrow the memory",
      summary:
        "\(sweep.count) walks, \(bracketed.count) of them within what was predicted; at 1 the weights are "
        + "as large as the memory.",
      x: .init("weights over memory") { plain($0) },
      y: .init("tok/s of what was walked; band: predicted", .logarithmic, format: plain),
      marks: marks + [.rule(x: 1, label: "memory")])
  }

  /// One policy's points, and where they are many a line through them before what was predicted.
  private static func marks(_ walks: [Walk], series: Int, isWhole: Bool) -> [Mark] {
    let predicted = walks.compactMap { walk in
      walk.predictedTokensPerSecond.flatMap { $0.low > 0 ? (walk.over ?? 0, $0) : nil }
    }
    let band = Mark.band(
      low: predicted.map { .init($0.0, $0.1.low) }, high: predicted.map { .init($0.0, $0.1.high) },
      series: series)
    let points = walks.map { Point($0.over ?? 0, $0.tokensPerSecond.median) }
    let dots = zip(walks, points).map { walk, point in
      Mark.dot(
        point, interval: walk.tokensPerSecond.low...walk.tokensPerSecond.high,
        label: isWhole ? "" : walk.policy,
        title: "\(walk.policy), weights \(Decimal.significant(point.x)) times the memory: "
          + "\(Decimal.significant(point.y)) tok/s", series: series)
    }
    guard isWhole else { return dots }
    return (predicted.count > 1 ? [band] : [])
      + [.line(points, label: walks.first?.policy ?? "", series: series)] + dots
  }
}
