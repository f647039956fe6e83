import Capacity
import Charts
import Harness
import Statistics
import Units

/// The capacity report as one HTML page: everything in it, nothing fetched, nothing that needs a script to be read.
struct CapacityPage {
  let record: CapacityRecord

  init(_ record: CapacityRecord) { self.record = record }

  /// The page, ending in a line break.
  var html: String {
    let box = record.box
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>What \(escaped(box.name)) carries</title>
      <style>
      \(CapacityStyle.css)
      </style>
      </head>
      <body>
      \(header)
      <main>
      \(sections.joined(separator: "\n"))
      </main>
      <script>
      \(CapacityStyle.sorting)
      </script>
      </body>
      </html>

      """
  }

  private var sections: [String] {
    [models, answers, machine, costs, history, doubts, CapacityAppendix(record).html]
      .filter { !$0.isEmpty }
  }

  private var header: String {
    let box = record.box
    let fitting = record.models.filter { model in
      record.rows.contains { $0.model == model.name && $0.verdict.isYes == true }
    }
    let facts = [
      ("can carry", "\(box.budgetBytes)"), ("of", "\(box.memoryTotalBytes)"),
      ("reads", "\(BytesPerSecond(box.readBandwidth.value))"),
      ("models that fit", "\(fitting.count) of \(record.models.count)"),
    ]
    return """
      <header>
      <p class="eyebrow">Plimsoll · capacity report · \(timestamp(record.createdAt).prefix(10))</p>
      <h1>What \(escaped(box.name)) carries</h1>
      <p class="lede">\(badge(record.provenance)) \(escaped(sentence))</p>
      <dl class="facts">\(facts.map { "<div><dt>\($0.0)</dt><dd>\(escaped($0.1))</dd></div>" }.joined())</dl>
      </header>
      """
  }

  private var sentence: String {
    record.box.measured
      ? "Ceilings \(record.box.source); speeds of models are predicted from them."
      : "Nobody measured this box here: its figures are a datasheet's or others' measurements, and every speed "
        + "is a prediction from them."
  }

  private var answers: String {
    section(
      "answers", "The answers",
      tableHTML(
        record.answers, formula: ("f-memory", "memory"), ("f-speed", "speeds"), ("f-cost", "cost"))
        + tableHTML(record.trainingTable, formula: ("f-training", "fine-tuning")))
  }

  private var models: String {
    let source = record.box.measured ? nil : record.provenance
    let cards = record.models.map { model in
      let depth = record.depthChart(model.name)
      let curve =
        depth.map {
          figure(
            [$0.svg(width: 330, height: 190)], "Decoding as the cache fills", source ?? "predicted",
            "f-speed"
          )
        } ?? "<p class=\"none\">Fits at no context, so there is no curve of decoding.</p>"
      let active =
        model.parametersActive < model.parametersTotal * 9 / 10
        ? ", \(count(Double(model.parametersActive))) a token" : ""
      return """
        <article class="card">
        <h3>\(escaped(model.name))</h3>
        <p class="dim">\(count(Double(model.parametersTotal))) parameters\(active) · \(origin(model.source))</p>
        \(figure([record.loadLines(model.name).svg(width: 330)], "Memory against the load line", source, "f-memory"))
        \(curve)
        \(ledger(model.name))
        </article>
        """
    }
    let key = CapacityRecord.kinds.enumerated().map { series, kind in
      "<span class=\"key s\(series)\"><i></i>\(kind)</span>"
    }
    let over = "<span class=\"key\"><i class=\"overkey\"></i>beyond the line</span>"
    return section(
      "models", "Model by model",
      "<p class=\"keys\">\(key.joined(separator: " ")) \(over)</p>"
        + "<div class=\"cards\">\n\(cards.joined(separator: "\n"))\n</div>")
  }

  /// Where a model's geometry comes from: a link where there is a page.
  private func origin(_ source: String) -> String {
    guard let start = source.firstRange(of: "https://")?.lowerBound else { return escaped(source) }
    return "<a href=\"\(escaped(String(source[start...])))\">geometry</a>"
  }

  /// Where the memory goes for the first way to run a model.
  private func ledger(_ model: String) -> String {
    guard let row = record.rows.first(where: { $0.model == model }) else { return "" }
    let table = Table(
      title: "", columns: [.init("use"), .init("size", .right), .init("how")],
      rows: row.ledger.map { [$0.item, "\($0.bytes)", $0.formula] })
    return "<details><summary>Where \(escaped(row.quantisation)) at \(tokens(Double(row.context))) "
      + "goes</summary>\n\(tableHTML(table, sortable: false))</details>"
  }

  private var machine: String {
    let tag = record.provenance
    var figures: [String] = []
    func add(_ chart: Chart?, _ caption: String, _ anchor: String) {
      guard let chart else { return }
      figures.append(
        figure(
          [chart.svg(width: 520, height: 320), chart.svg(width: 330, height: 280)], caption, tag,
          anchor))
    }
    let kernels = record.run.map { "; \($0.kernels.count) kernels of the run ‘\($0.name)’" } ?? ""
    add(record.roofline, "Roofline\(kernels)", "f-roofline")
    add(record.latencyLadder, "Latency ladder", "f-latency")
    add(record.threadScaling, "Thread scaling", "f-scaling")
    guard !figures.isEmpty else { return "" }
    return section(
      "box", "The box",
      "<div class=\"figures\">\n\(figures.joined(separator: "\n"))\n</div>" + kernelTable)
  }

  private var kernelTable: String {
    guard let run = record.run, !run.kernels.isEmpty else { return "" }
    let table = Table(
      title: "Kernels of the run ‘\(run.name)’, \(timestamp(run.startedAt)) UTC",
      columns: [
        .init("kernel"), .init("threads", .right), .init("FLOP/B", .right), .init("rate", .right),
        .init("efficiency", .right), .init("ceiling"),
      ],
      rows: run.kernels.map { kernel in
        [
          kernel.id, "\(kernel.threads)", kernel.intensity.map { Decimal.significant($0) } ?? "–",
          kernel.flop > 0
            ? "\(FLOPsPerSecond(kernel.rate))"
            : "\(BytesPerSecond(kernel.bytes / kernel.seconds.value))",
          kernel.efficiency.map { Decimal.fixed($0.value * 100, 0) + " %" } ?? "–",
          kernel.ceiling ?? "–",
        ]
      })
    return tableHTML(table, formula: ("f-roofline", "roofline"))
  }

  private var costs: String {
    let inputs = record.ownershipRows.map { row in
      "<div><dt>\(row.name)</dt><dd>\(escaped(row.value)) \(row.isAssumed ? badge("assumption") : badge("given"))"
        + "</dd></div>"
    }
    let table = record.breakEvenTable
    let hosted =
      table.rows.isEmpty
      ? "<p class=\"none\">No hosted price list names one of these models: give one with --prices.</p>"
      : tableHTML(table, formula: ("f-breakeven", "break-even"))
    return section(
      "cost", "What tokens cost", "<dl class=\"facts\">\(inputs.joined())</dl>\n" + hosted)
  }

  private var history: String {
    var figures: [String] = []
    if let trend = record.trend {
      figures.append(
        figure(
          [trend.svg(width: 520, height: 300), trend.svg(width: 330, height: 280)],
          "Efficiency over the stored baselines", "measured", "f-trend"))
    }
    if let cliff = record.cliff {
      let tag = record.walks.contains(where: \.extrapolated) ? "extrapolated" : "measured"
      figures.append(
        figure(
          [cliff.svg(width: 520, height: 300), cliff.svg(width: 330, height: 280)],
          "The cliff: decoding against the size of the model", tag, "f-cliff"))
    }
    if let sweep = record.sweep {
      figures.append(
        figure(
          [sweep.svg(width: 520, height: 320), sweep.svg(width: 330, height: 300)],
          "The cliff: decoding as the weights outgrow the memory", "measured", "f-sweep"))
    }
    var notes: [String] = []
    if record.trend == nil, record.box.measured {
      notes.append(
        "No trend yet: it takes two runs of different times (plimsoll run --save-baseline NAME).")
    }
    if record.walks.isEmpty, record.box.measured {
      notes.append(
        "No cliff yet: it takes a sweep (plimsoll run --suite 70b) or walks (plimsoll simulate).")
    }
    guard !figures.isEmpty || !notes.isEmpty else { return "" }
    return section(
      "history", "Over time, and over size",
      "<div class=\"figures\">\n\(figures.joined(separator: "\n"))\n</div>\n"
        + notes.map { "<p class=\"none\">\($0)</p>" }.joined(separator: "\n"))
  }

  private var doubts: String {
    let doubts = record.box.warnings + (record.profile?.warnings ?? [])
    guard !doubts.isEmpty else { return "" }
    let items = doubts.map { "<li>\(escaped($0))</li>" }.joined(separator: "\n")
    return section("doubts", "Doubts", "<ul>\n\(items)\n</ul>")
  }
}
