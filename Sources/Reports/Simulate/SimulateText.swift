import Simulation
import Statistics
import Units

extension SimulateReport {
  /// The report for a person: the rate first, then what it is of, then token by token.
  func text(_ style: Style) -> String {
    let head = heading.enumerated().map { $0.offset == 0 ? style.bold($0.element) : $0.element }
    let body = lines.enumerated().map {
      "  " + ($0.offset == 0 ? style.bold($0.element) : $0.element)
    }
    return (head + [""] + body).joined(separator: "\n") + "\n"
      + (result.tokens.isEmpty ? "" : "\n" + tokenTable.text(style: style))
  }

  /// What was walked.
  var heading: [String] {
    let settings = result.settings
    let part =
      result.isExtrapolated
      ? "\(result.layersRun) of \(result.layersTotal) layers" : "\(result.layersTotal) layers"
    let place =
      switch settings.backing {
      case .file: "in a file"
      case .anonymous: "in anonymous memory"
      case .sparse: "SPARSE: ADDRESS SPACE AND PAGE FAULTS ALONE, NO DISK IS READ"
      }
    let work =
      settings.walk.touchOnly
      ? "read without arithmetic"
      : "context \(Decimal.grouped(settings.walk.context)) · KV cache "
        + settings.walk.cacheType.rawValue
    return [
      "\(model.name) · \(model.quantisation) · \(part)",
      "\(result.weights) of weights (\(result.layout.rawValue)) \(place) · policy "
        + settings.policy.rawValue,
      work,
    ]
  }

  /// The results, a line each.
  var lines: [String] {
    var lines: [String] = []
    if let rate = result.tokensPerSecond {
      let ends = "\(Decimal.significant(rate.low))–\(Decimal.significant(rate.high))"
      let note = result.isExtrapolated ? ", EXTRAPOLATED to all layers" : ""
      lines.append("\(Decimal.significant(rate.value)) tok/s (\(ends))\(note)")
    }
    if let bandwidth = result.readBandwidth {
      let of = share.flatMap { share in
        ceiling.map {
          ": \(Decimal.fixed(100 * share, 0)) % of \($0.name), \(BytesPerSecond($0.value.value))"
        }
      }
      lines.append(
        "\(BytesPerSecond(bandwidth)) of weights\(result.cachePerToken > .zero ? " and cache" : "")"
          + (of ?? ""))
    }
    if let predicted {
      let verdict = brackets.map { $0 ? ", which holds it" : ", which does NOT hold it" } ?? ""
      lines.append("predicted \(predicted.range) tok/s\(verdict)")
    } else if result.layout == .blocks, !result.settings.walk.touchOnly {
      lines.append("nothing is predicted of blocks that are repacked while they are walked")
    }
    if let first = result.tokens.first, result.tokens.count > 1 {
      let median = Sample(result.steady.map(\.seconds)).median ?? first.seconds
      lines.append("first touch \(Seconds(first.seconds)), steady \(Seconds(median)) a token")
    }
    if let peak = result.peakResident {
      lines.append(
        "at most \(peak) in memory, of a budget of \(result.settings.budget)"
          + (bound.isEnforced ? ", held to by a control group" : ""))
    }
    if result.readOnlyPerToken.count * 100 > result.weightsPerToken.count,
      !result.settings.walk.touchOnly
    {
      lines.append("\(result.readOnlyPerToken) a token are of types without kernels, only read")
    }
    if result.checkedResults > 0 {
      lines.append(
        result.wrongAnswer.map { "WRONG: \($0)" }
          ?? "\(result.checkedResults) results held against double precision: right")
    }
    if let token = result.unfinished {
      let seconds = token.evidence.seconds
      lines.append(
        "token \(result.tokens.count + 1) was given up after \(Seconds(seconds)): \(token.weightBytes) "
          + "of \(token.ofBytes) read, "
          + "\(BytesPerSecond(Double(token.weightBytes.count) / max(seconds, 1e-9)))"
          + (token.evidence.diskReadBytes.map { ", \(Bytes($0)) from disk" } ?? ""))
    }
    if let reason = result.endedEarly { lines.append("ENDED EARLY: \(reason)") }
    return lines
  }

  /// Tokens that a table shows.
  private static let shown = 16

  /// Tokens over time.
  var tokenTable: Table {
    let rows = result.tokens.prefix(Self.shown).indices.map(row)
    let more = result.tokens.count - rows.count
    return Table(
      title: "Tokens over time",
      columns: [
        .init("token"), .init("time", .right), .init(""), .init("major faults", .right),
        .init("minor", .right), .init("from disk", .right), .init("in memory", .right),
        .init("process holds", .right), .init("stalled", .right), .init("wholly", .right),
      ], rows: rows,
      footnotes: (more > 0 ? ["and \(more) more, which --format csv has: \(sparkline)"] : [])
        + footnotes)
  }

  /// What the columns are of.
  private var footnotes: [String] {
    var notes = [
      "stalled: some task of the machine waited for memory; wholly: all of them did"
    ]
    if let sampling = result.residentSampling, sampling > 1 {
      notes.append("in memory: SAMPLED, one in \(sampling) stretches of 2 MiB is looked at")
    }
    return notes
  }

  private func row(_ index: Int) -> [String] {
    let token = result.tokens[index]
    let disk: String? = token.diskReadBytes.map { Bytes($0).description }
    let share: String? = token.residentShare.map { Decimal.fixed(100 * $0, 0) + " %" }
    func stall(_ microseconds: Int?) -> String {
      microseconds.map { Seconds(Double($0) * 1e-6).description } ?? "–"
    }
    return [
      index == 0 ? "first" : String(index + 1), Seconds(token.seconds).description,
      bar(token.seconds / slowest), Decimal.grouped(token.majorFaults),
      Decimal.grouped(token.minorFaults), disk ?? "–", share ?? "–",
      token.residentBytes?.description ?? "–", stall(token.memoryStallMicroseconds),
      stall(token.memoryFullStallMicroseconds),
    ]
  }

  /// A row a token, for spreadsheets.
  var csvTable: Table {
    let headings = [
      "token", "seconds", "major_faults", "minor_faults", "disk_read_bytes", "resident_share",
      "resident_bytes", "memory_stall_seconds", "memory_full_stall_seconds",
    ]
    return Table(
      title: "", columns: headings.map { .init($0) }, rows: result.tokens.indices.map(plainRow))
  }

  private func plainRow(_ index: Int) -> [String] {
    let token = result.tokens[index]
    let disk: String? = token.diskReadBytes.map(String.init)
    let share: String? = token.residentShare.map { $0.description }
    func stall(_ microseconds: Int?) -> String {
      microseconds.map { (Double($0) * 1e-6).description } ?? ""
    }
    return [
      String(index + 1), token.seconds.description, String(token.majorFaults),
      String(token.minorFaults), disk ?? "", share ?? "",
      token.residentBytes.map { String($0.count) } ?? "", stall(token.memoryStallMicroseconds),
      stall(token.memoryFullStallMicroseconds),
    ]
  }

  /// Never zero.
  private var slowest: Double { max(result.tokens.map(\.seconds).max() ?? 1, 1e-12) }

  private func bar(_ share: Double) -> String {
    String(repeating: "█", count: max(Int((share * 20).rounded()), 1))
  }

  /// All tokens' times, each a block.
  private var sparkline: String {
    let blocks = Array("▁▂▃▄▅▆▇█")
    return String(result.tokens.map { blocks[min(Int($0.seconds / slowest * 8), 7)] })
  }
}
