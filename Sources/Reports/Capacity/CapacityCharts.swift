import Capacity
import Charts
import Harness
import Statistics
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// The pictures of a capacity report as values; the page draws each at two widths.

extension CapacityRecord {
  /// Each way to run a model against the load line.
  func loadLines(_ model: String) -> LoadLineChart {
    let rows = rows.filter { $0.model == model }
    let fitting = rows.filter { $0.verdict.isYes == true }.count
    return LoadLineChart(
      title: "\(model): memory against the load line",
      summary: "\(fitting) of \(rows.count) ways to run it fit into \(box.budgetBytes).",
      rows: rows.map { row in
        .init(
          label: "\(row.quantisation) · \(tokens(Double(row.context)))",
          value: "\(row.requiredBytes) \(row.verdict.rawValue)",
          parts: Self.kinds.enumerated().map { series, kind in
            let bytes = row.ledger.filter { $0.kind == kind }
              .reduce(0.0) { $0 + Double($1.bytes.count) }
            return .init(
              amount: bytes, title: "\(kind) \(Bytes(Int(min(bytes, 9e18))))", series: series)
          })
      },
      limit: Double(box.budgetBytes.count), limitLabel: "load line \(box.budgetBytes)")
  }

  /// The kinds of use in the order in which they are stowed; the series of their colours.
  static let kinds = ["weights", "cache", "compute", "system"]

  /// Decoding as the cache fills; nil for a model that fits at no depth.
  func depthChart(_ model: String) -> Chart? {
    guard let curve = depths.first(where: { $0.model == model }), let first = curve.points.first,
      let last = curve.points.last
    else { return nil }
    let points = curve.points
    return Chart(
      title: "\(model) \(curve.quantisation): decoding as the cache fills",
      summary: "From \(first.decode.range) to \(last.decode.range) tokens a second at "
        + "\(tokens(Double(last.depth))) tokens in the cache.",
      x: .init("tokens in the cache, k = 1,024") { $0 == 0 ? "0" : plain($0) + "k" },
      y: .init("tok/s, \(curve.quantisation), predicted range", format: plain),
      marks: [
        .band(
          low: points.map { .init(Double($0.depth) / 1024, $0.decode.low) },
          high: points.map { .init(Double($0.depth) / 1024, $0.decode.high) }, series: 0),
        .line(points.map { .init(Double($0.depth) / 1024, $0.decode.value) }, label: "", series: 0),
      ])
  }

  /// The ceilings, and each kernel of the run as a point under them.
  var roofline: Chart? {
    let roofs = roofs
    guard let fastest = roofs.map(\.peak).max(), box.readBandwidth.value > 0 else { return nil }
    let bandwidth = box.readBandwidth.value
    let dots = (run?.kernels ?? []).filter { $0.intensity != nil }
    let low = min(0.1, (dots.compactMap(\.intensity).min() ?? 0.1) / 2)
    let high = max(fastest / bandwidth * 8, (dots.compactMap(\.intensity).max() ?? 1) * 2)
    let lines = roofs.map { roof in
      let ridge = roof.peak / bandwidth
      return Chart.Mark.line(
        [.init(low, low * bandwidth), .init(ridge, roof.peak), .init(max(high, ridge), roof.peak)],
        label: roof.name, series: 5, dashed: !box.measured)
    }
    let workloads = dots.map(\.workload).reduce(into: [String]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    let points = dots.sorted { $0.rate > $1.rate }.map { kernel in
      let (fast, slow) = (kernel.flop / kernel.seconds.low, kernel.flop / kernel.seconds.high)
      return Chart.Mark.dot(
        .init(kernel.intensity ?? 0, kernel.rate), interval: min(slow, fast)...max(slow, fast),
        label: kernel.workload,
        title: "\(kernel.id), \(kernel.provider): \(FLOPsPerSecond(kernel.rate))",
        series: (workloads.firstIndex(of: kernel.workload) ?? 0) % 5)
    }
    return Chart(
      title: "Roofline of \(box.name)",
      summary: "Memory gives \(BytesPerSecond(bandwidth)); "
        + roofs.map { "\($0.name) \(FLOPsPerSecond($0.peak))" }.joined(separator: ", ")
        + "; \(points.count) kernels below.",
      x: .init("operations a byte", .logarithmic, domain: low...high) { plain($0) },
      y: .init("operations a second", .logarithmic) { "\(FLOPsPerSecond($0))".shortRate },
      marks: lines + points)
  }

  /// Arithmetic ceilings, the fastest first.
  private var roofs: [(name: String, peak: Double)] {
    guard let profile else {
      return ["fp4", "int8", "bf16", "f32"].compactMap { name in
        box.peaks[name].map { (name, $0) }
      }
    }
    let named = ["dot_i8", "fma_f32"].compactMap { name in
      profile.ceiling(name)?.value.map { (name, $0) }
    }
    return named.sorted { $0.1 > $1.1 }
  }

  /// Latency by working set; nil without a profile.
  var latencyLadder: Chart? {
    guard let profile, profile.latency.rungs.count > 1 else { return nil }
    let rungs = profile.latency.rungs
    func points(_ value: (Estimate) -> Double) -> [Chart.Point] {
      rungs.map { .init(Double($0.workingSet.count).logarithm, value($0.latency)) }
    }
    // Sizes double from rung to rung: ticks are to be powers of two.
    let sizes = rungs.map { Double($0.workingSet.count).logarithm }
    let (low, high) = (sizes.min() ?? 0, sizes.max() ?? 1)
    let caches = profile.levels.enumerated().compactMap { index, level in
      level.capacity.map {
        Chart.Mark.rule(
          x: Double($0.count).logarithm, label: "L\(index + 1) \(size(Double($0.count)))")
      }
    }
    return Chart(
      title: "Latency ladder of \(box.name)",
      summary: profile.levels.map { level in
        "\(level.capacity.map { "up to \($0)" } ?? "beyond") \(Seconds(level.latency.value))"
      }.joined(separator: ", ") + " a load.",
      x: .init("working set", domain: (low - 0.2)...(high + 0.2)) { power in
        power == power.rounded() ? size(exp2(power)) : ""
      },
      y: .init("a dependent load", .logarithmic) { "\(Seconds($0))".short },
      marks: [
        .band(low: points(\.low), high: points(\.high), series: 0),
        .line(points(\.value), label: "", series: 0),
      ] + caches)
  }

  /// Speed by threads as a multiple of one thread's; nil without a profile of several threads.
  var threadScaling: Chart? {
    guard let profile else { return nil }
    let names = ["fma_f32", "read_bandwidth", "matmul_f32", "gemv_f32"]
    let figures = profile.ceilings + profile.achieved
    var most = 1
    let lines = names.enumerated().compactMap { series, name -> Chart.Mark? in
      let ladder = figures.filter { $0.name == name && $0.value != nil }
        .sorted { $0.threads < $1.threads }
      guard let one = ladder.first(where: { $0.threads == 1 })?.value, ladder.count > 1 else {
        return nil
      }
      most = max(most, ladder.last?.threads ?? 1)
      let points = ladder.map { Chart.Point(Double($0.threads), ($0.value ?? 0) / one) }
      return .line(points, label: name, series: series)
    }
    guard !lines.isEmpty else { return nil }
    let ideal = Chart.Mark.line(
      [.init(1, 1), .init(Double(most), Double(most))], label: "ideal", series: 5, dashed: true)
    return Chart(
      title: "Thread scaling of \(box.name)", summary: "Speed by threads, one thread being 1.",
      x: .init("threads", domain: 1...Double(most)) { $0 == $0.rounded() ? plain($0) : "" },
      y: .init("times one thread", format: plain), marks: [ideal] + lines)
  }
}

/// A count of tokens as people say it: `8k`.
func tokens(_ count: Double) -> String {
  count >= 1024 ? plain((count / 1024 * 10).rounded() / 10) + "k" : plain(count)
}

/// A size without decimals it doesn't need: `32 KiB`.
func size(_ bytes: Double) -> String {
  let text = "\(Bytes(Int(min(max(bytes, 0), 9e18))))"
  return text.split(separator: ".0 ").joined(separator: " ")
}

/// A number with the digits that it needs, three at most.
func plain(_ value: Double) -> String {
  let text = Decimal.significant(value)
  guard text.contains(".") else { return text }
  return String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
}

extension Double {
  /// To the base of two.
  fileprivate var logarithm: Double { log2(max(self, 1)) }
}

extension String {
  /// `20.0 ns` without the zeros: `20 ns`.
  fileprivate var short: String {
    let parts = split(separator: " ")
    guard parts.count == 2, let value = Double(parts[0]) else { return self }
    return plain(value) + " " + parts[1]
  }

  /// `1.00 TFLOP/s` as an axis has room for it: `1 T`.
  fileprivate var shortRate: String {
    short.split(separator: "FLOP").first.map(String.init) ?? self
  }
}
