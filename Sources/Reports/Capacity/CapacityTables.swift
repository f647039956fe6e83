import Capacity
import Statistics
import Units

extension CapacityRecord {
  /// The methods of fine-tuning that fit a model, in the order of what they need.
  func trainable(_ model: String) -> [String] {
    training.filter { $0.model == model && $0.verdict.isYes == true }.map(\.method)
  }

  /// What the box's figures are: its own, or a datasheet's.
  var provenance: String { box.measured ? "measured" : "datasheet" }

  /// The answers for people, a row a combination.
  var answers: Table {
    Table(
      title: "Models on \(box.name)",
      columns: [
        .init("model"), .init("weights"), .init("context", .right), .init("verdict"),
        .init("needs", .right), .init("headroom", .right), .init("decode tok/s", .right),
        .init("prefill tok/s", .right), .init("first token, 8k", .right), .init("fine-tuning"),
        .init("tokens/day", .right), .init("kWh/M", .right), .init("cost/M", .right),
      ],
      rows: rows.map { row in
        [
          row.model, row.quantisation, Decimal.grouped(row.context), row.verdict.rawValue,
          "\(row.requiredBytes)", "\(row.headroomBytes)", row.decode?.range ?? "–",
          row.prefill?.range ?? "–", row.firstToken?.durations ?? "–", trainableText(row.model),
          row.cost.map { count($0.tokensPerDay) } ?? "–",
          row.cost.map { Decimal.significant($0.kilowattHours, 2) } ?? "–",
          row.cost.map { Decimal.significant($0.total, 2) } ?? "–",
        ]
      }, footnotes: footnotes)
  }

  private func trainableText(_ model: String) -> String {
    let methods = trainable(model)
    return methods.isEmpty ? "none" : methods.joined(separator: " ")
  }

  private var footnotes: [String] {
    let speeds =
      "Speeds are predicted from \(box.measured ? "this box's measured ceilings" : "datasheet figures"), as "
      + "ranges, one sequence at a time with its context full"
    return [
      speeds,
      "M is a million tokens; cost, in dollars, is for a box at work day and night: \(ownershipText)",
    ]
  }

  /// The four inputs of every cost, each said to be an assumption where it is one.
  var ownershipText: String {
    ownershipRows.map { "\($0.name) \($0.value)\($0.isAssumed ? " (assumption)" : "")" }
      .joined(separator: ", ")
  }

  var ownershipRows: [(name: String, value: String, isAssumed: Bool)] {
    let own = box.ownership
    return [
      ("price", Decimal.grouped(Int(max(0, min(own.price.value, 1e15)))), own.price.isAssumed),
      ("power", plain(own.power.value) + " W", own.power.isAssumed),
      ("lifetime", plain(own.lifetime.value) + " years", own.lifetime.isAssumed),
      (
        "electricity", Decimal.significant(own.electricity.value, 2) + " per kWh",
        own.electricity.isAssumed
      ),
    ]
  }

  /// Fine-tuning, a row a model and method.
  var trainingTable: Table {
    Table(
      title: "Fine-tuning (rank 32, sequences of 2,048, batch 1, adamw)",
      columns: [
        .init("model"), .init("method"), .init("verdict"), .init("needs", .right),
        .init("tok/s", .right), .init("cost/M", .right),
      ],
      rows: training.map { row in
        [
          row.model, row.method, row.verdict.rawValue, "\(row.requiredBytes)",
          row.tokensPerSecond?.range ?? "–",
          row.cost.map { Decimal.significant($0.total, 2) } ?? "–",
        ]
      })
  }

  /// When the box has paid for itself; without rows where no price list names a model.
  var breakEvenTable: Table {
    let decoding = rows.compactMap { row in
      row.breakEven.map { (row.model, "\(row.quantisation), \(row.context) tokens", row.cost, $0) }
    }
    let tuning = training.compactMap { row in
      row.breakEven.map { (row.model, "training, \(row.method)", row.cost, $0) }
    }
    return Table(
      title: "Break-even against hosted prices",
      columns: [
        .init("model"), .init("what"), .init("own cost/M", .right), .init("hosted/M", .right),
        .init("million tokens", .right), .init("days", .right), .init("within lifetime"),
      ],
      rows: (decoding + tuning).map { model, what, cost, even in
        [
          model, what, cost.map { Decimal.significant($0.total, 2) } ?? "–",
          Decimal.significant(even.hosted), even.millionTokens.map { count($0) } ?? "never",
          even.days.map { count($0) } ?? "never", even.isWithinLifetime ? "yes" : "no",
        ]
      },
      footnotes: priceSource.map { ["hosted prices: \($0)"] } ?? [])
  }

  /// Everything by number, for spreadsheets.
  var csvTable: Table {
    let columns = [
      "box", "measured", "model", "quantisation", "context", "verdict", "required_bytes",
      "budget_bytes", "headroom_bytes", "decode", "decode_low", "decode_high", "prefill",
      "first_token_seconds", "training", "tokens_per_day", "kwh_per_million", "cost_per_million",
      "break_even_million_tokens", "break_even_days",
    ]
    return Table(
      title: "", columns: columns.map { .init($0) },
      rows: rows.map { row in
        let speeds = [
          row.decode?.value, row.decode?.low, row.decode?.high, row.prefill?.value,
          row.firstToken?.value,
        ]
        let costs = [
          row.cost?.tokensPerDay, row.cost?.kilowattHours, row.cost?.total,
          row.breakEven?.millionTokens, row.breakEven?.days,
        ]
        return [
          box.id, "\(box.measured)", row.model, row.quantisation, "\(row.context)",
          row.verdict.rawValue, "\(row.requiredBytes.count)", "\(box.budgetBytes.count)",
          "\(row.headroomBytes.count)",
        ] + speeds.map(number) + [trainable(row.model).joined(separator: " ")]
          + costs.map(number)
      })
  }

  private func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
}

/// A large amount in a few characters: `864 k`, `3.21 M`, `12`.
func count(_ value: Double) -> String {
  switch value {
  case 999_500_000...: Decimal.significant(value / 1e9) + " G"
  case 999_500...: Decimal.significant(value / 1e6) + " M"
  case 9_995...: Decimal.significant(value / 1e3) + " k"
  default: Decimal.significant(value)
  }
}

extension Estimate {
  /// A range of seconds: `1.2–3.4 s`.
  var durations: String { range + " s" }
}
