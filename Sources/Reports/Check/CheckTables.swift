import Capacity
import Units

extension Assessment {
  /// Where the memory goes, a row a use.
  var ledgerTable: Table {
    let answer = Answer(self)
    let rows = answer.ledger.lines.map { line in
      [line.item, "\(line.bytes)", line.formula, line.source]
    }
    return Table(
      title: "Where it goes",
      columns: [.init("use"), .init("size", .right), .init("how"), .init("source")],
      rows: rows + [["needs in all", "\(answer.required)", "", ""]])
  }

  /// Who holds shared memory; without rows for boxes that have none, and for training.
  var sharedMemoryTable: Table {
    let shared = training == nil ? sharedMemory : nil
    let free = shared.map { box.memoryTotal - $0.peak } ?? .zero
    let loading =
      free < .zero
      ? "loading fills the memory: \(Bytes(-free.count)) of the file's pages have to give way before it is done"
      : "after loading, the file's pages look used and can be had again at any time"
    return Table(
      title: "Who holds it, the memory being one",
      columns: [.init("holder"), .init("size", .right), .init("gives way"), .init("what")],
      rows: (shared?.holders ?? []).map {
        [$0.owner.rawValue, "\($0.bytes)", $0.isReclaimable ? "yes" : "no", $0.what]
      }, footnotes: [loading])
  }

  /// Other ways to run the model; without rows when there are none.
  var alternativesTable: Table {
    Table(
      title: "Instead, or as well",
      columns: [
        .init("quantisation"), .init("context", .right), .init("needs", .right),
        .init("decode", .right), .init("verdict"), .init("why"),
      ],
      rows: alternatives.map { alternative in
        [
          alternative.quantisation, Decimal.grouped(alternative.context),
          "\(alternative.required)",
          alternative.decodeTokensPerSecond.map { Decimal.significant($0) + " tok/s" } ?? "–",
          alternative.verdict.rawValue, alternative.reason.rawValue,
        ]
      })
  }

  /// Speeds with their range, a row a phase; without rows when nothing can be said.
  var speedTable: Table {
    var rows: [[String]] = []
    for (phase, rate) in [("decode", decode), ("prefill", prefill)] {
      guard let rate, training == nil else { continue }
      rows.append([
        phase, rate.tokensPerSecond.range + " tok/s", "bound by \(rate.boundBy.rawValue)",
        "at most \(Decimal.significant(rate.limit)) tok/s by physics",
      ])
    }
    if let training, let rate = training.tokensPerSecond {
      let step = training.stepSeconds.map { "\(Seconds($0.value)) a step" } ?? ""
      let limit = training.limit.map { "at most \(Decimal.significant($0)) tok/s by physics" }
      rows.append(["train", rate.range + " tok/s", step, limit ?? ""])
    }
    return Table(
      title:
        "How fast (\(box.measured ? "predicted from measurements" : "predicted from a datasheet"))",
      columns: [.init(""), .init(""), .init(""), .init("")], rows: rows)
  }

  /// Everything in one long table for spreadsheets.
  func csvTable(_ verification: Verification?) -> Table {
    let answer = Answer(self)
    var rows = [
      ["answer", "verdict", answer.verdict.rawValue, "", "", ""],
      ["answer", "required", "\(answer.required.count)", "B", "", ""],
      ["answer", "budget", "\(answer.budget.count)", "B", "", ""],
      ["answer", "headroom", "\(answer.headroom.count)", "B", "", ""],
    ]
    rows += answer.ledger.lines.map {
      ["ledger", $0.item, "\($0.bytes.count)", "B", $0.formula, $0.source]
    }
    for (phase, rate) in [("decode", decode), ("prefill", prefill)] {
      guard let rate = rate?.tokensPerSecond else { continue }
      rows.append(["speed", phase, "\(rate.value)", "tok/s", "\(rate.low) to \(rate.high)", ""])
    }
    if let rate = training?.tokensPerSecond {
      rows.append(["speed", "train", "\(rate.value)", "tok/s", "\(rate.low) to \(rate.high)", ""])
    }
    rows += (verification?.rows ?? []).map {
      [
        "measured", "\($0.phase) after \($0.depth)", "\($0.measured.value)", "tok/s",
        "\($0.measured.low) to \($0.measured.high)", "llama-bench",
      ]
    }
    rows += alternatives.map {
      [
        "alternative", "\($0.quantisation) at \($0.context)", "\($0.required.count)", "B",
        $0.verdict.rawValue, $0.reason.rawValue,
      ]
    }
    rows += warnings.map { ["warning", $0.code, "", "", $0.message, ""] }
    return Table(
      title: "",
      columns: ["section", "item", "value", "unit", "detail", "source"].map { .init($0) },
      rows: rows)
  }
}
