import Capacity
import Hardware
import Harness
import Statistics
import Units

/// A box's profile in every format.
public struct ProfileReport: Sendable {
  private let profile: Profile
  private let health: Health

  /// A report of `profile`, and of what was found of the box's health.
  public init(_ profile: Profile, health: Health) {
    self.profile = profile
    self.health = health
  }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text: text(style)
    case .json: try JSON.text(Document(profile: profile, health: health.findings))
    case .markdown:
      "## \(profile.fingerprint)\n\n"
        + (tables.map(\.markdown) + [health.markdown] + notes.map { "- \($0)\n" })
        .joined(separator: "\n")
    case .csv: csvTable.csv
    }
  }

  private func text(_ style: Style) -> String {
    let head = """
      \(style.bold(profile.fingerprint)) · \(profile.instructionSet) kernels · \
      \(profile.rounds.count) rounds in \(Seconds(profile.duration))

      """
    let notes = notes.map { style.yellow("note") + "  \($0)\n" }
    return ([head] + tables.map { $0.text(style: style) } + [health.text(style: style)] + notes)
      .joined(separator: "\n")
  }

  /// The profile with one key more; a reader of profiles leaves it.
  private struct Document: Encodable {
    var profile: Profile
    var health: [HealthFinding]

    private enum CodingKeys: CodingKey { case health }

    func encode(to encoder: any Encoder) throws {
      try profile.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(health, forKey: .health)
    }
  }

  /// What is missing and why, then what is doubtful.
  private var notes: [String] {
    let missing = profile.ceilings.filter { $0.estimate == nil }.map {
      "\($0.name) is unavailable: \($0.reason ?? "not observed")"
    }
    return missing + profile.warnings
  }

  private var tables: [Table] {
    [ceilings, kernels, caches, accelerators, environment].filter { !$0.rows.isEmpty }
  }

  private var ceilings: Table {
    Table(
      title: "What the box can do at most (median, 95 % interval)", columns: Self.columns,
      rows: profile.ceilings.map(Self.row))
  }

  /// The project's own kernels, with their share of the ceiling that binds them.
  private var kernels: Table {
    let limits = ["matmul_f32": "fma_f32", "gemv_f32": "read_bandwidth"]
    let rows = profile.achieved.map { figure in
      let limit = profile.ceilings.first {
        $0.name == limits[figure.name] && $0.threads == figure.threads
      }
      let share = figure.value.flatMap { value in limit?.value.map { value / $0 } }
      return Self.row(figure)
        + [share.map { Decimal.fixed($0 * 100, 0) + " % of \(limit?.name ?? "")" } ?? "–"]
    }
    return Table(
      title: "What Plimsoll's kernels reach in the same rounds",
      columns: Self.columns + [.init("efficiency", .right)], rows: rows)
  }

  private var caches: Table {
    Table(
      title: "Caches found by latency",
      columns: [.init("level"), .init("serves up to", .right), .init("latency", .right)],
      rows: zip(1..., profile.levels).map { number, level in
        [
          level.capacity == nil ? "memory" : "L\(number)",
          level.capacity.map { "\($0)" } ?? "–", "\(Seconds(level.latency.value))",
        ]
      })
  }

  /// What was found beside the processor, with what its datasheet says where the catalogue has it.
  private var accelerators: Table {
    let catalogue = try? BoxCatalogue.builtIn()
    return Table(
      title: "Accelerators found (datasheet, not measured)",
      columns: [
        .init("name"), .init("memory", .right), .init("datasheet", .right), .init("as --box"),
      ],
      rows: (profile.accelerators ?? []).map { card in
        let entry = catalogue?.entry(chip: card.name, memory: card.memory)
        return [
          card.name, card.memory.map { "\($0)" } ?? "not told",
          entry.map { "\(BytesPerSecond($0.bandwidthGBs * 1e9))" } ?? "not in the catalogue",
          entry?.id ?? "–",
        ]
      })
  }

  private var environment: Table {
    let evidence = profile.environment
    func share(_ reading: Reading<Double>) -> String {
      reading.value.map { Decimal.fixed($0 * 100, 1) + " %" } ?? "unavailable"
    }
    return Table(
      title: "Meanwhile", columns: [.init(""), .init("", .right)],
      rows: [
        ["time stolen by the hypervisor", share(evidence.stealShare)],
        ["time spent waiting for a processor", share(evidence.waitShare)],
        ["load average", evidence.loadAverage.value.map { Decimal.fixed($0, 2) } ?? "unavailable"],
      ])
  }

  private static let columns: [Table.Column] = [
    .init("figure"), .init("threads", .right), .init("median", .right), .init("interval", .right),
  ]

  private static func row(_ ceiling: Ceiling) -> [String] {
    guard let estimate = ceiling.estimate else {
      return [ceiling.name, "–", "unavailable", "–"]
    }
    let (low, high) = (print(estimate.low, ceiling.unit), print(estimate.high, ceiling.unit))
    return [
      ceiling.name, "\(ceiling.threads)", print(estimate.value, ceiling.unit), "\(low) … \(high)",
    ]
  }

  private static func print(_ value: Double, _ unit: String) -> String {
    switch unit {
    case "B/s": "\(BytesPerSecond(value))"
    case "FLOP/s": "\(FLOPsPerSecond(value))"
    case "op/s": "\(Quantity<IntegerRateUnit>(value))"
    case "fault/s": "\(Quantity<FaultRateUnit>(value))"
    default: "\(Seconds(value))"
    }
  }

  private var csvTable: Table {
    Table(
      title: "",
      columns: ["name", "value", "unit", "low", "high", "threads", "reason"].map { .init($0) },
      rows: (profile.ceilings + profile.achieved).map { ceiling in
        [
          ceiling.name, ceiling.value.map { "\($0)" } ?? "", ceiling.unit,
          ceiling.low.map { "\($0)" } ?? "", ceiling.high.map { "\($0)" } ?? "",
          "\(ceiling.threads)", ceiling.reason ?? "",
        ]
      } + health.findings.map { ["health/\($0.code)", "", "", "", "", "", $0.sentence] })
  }
}

private enum IntegerRateUnit: Unit { static let symbol = "op/s" }
private enum FaultRateUnit: Unit { static let symbol = "faults/s" }
