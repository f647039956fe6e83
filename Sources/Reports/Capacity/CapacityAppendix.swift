import Capacity
import Charts
import Units

/// Where every figure of a capacity report comes from: its formula, and the source of what goes into it.
struct CapacityAppendix {
  let record: CapacityRecord

  init(_ record: CapacityRecord) { self.record = record }

  var html: String {
    let items = entries.map { id, name, text in
      "<dt id=\"\(id)\">\(escaped(name))</dt>\n<dd>\(escaped(text))</dd>"
    }
    let rules = Table(
      title: "Rules of memory",
      columns: [.init("use"), .init("source")], rows: sources)
    return section(
      "appendix", "Formulas and sources",
      "<dl>\n\(items.joined(separator: "\n"))\n</dl>\n\(tableHTML(rules, sortable: false))")
  }

  /// Each use of memory once, with where its rule comes from.
  private var sources: [[String]] {
    var seen: Set<String> = []
    return record.rows.flatMap(\.ledger).compactMap { line in
      seen.insert(line.item).inserted ? [line.item, line.source] : nil
    }
  }

  private typealias Entry = (id: String, name: String, text: String)

  private var entries: [Entry] { predictions + money + measurements + sweep }

  private var predictions: [Entry] {
    let bandwidth = record.box.readBandwidth
    return [
      (
        "f-memory", "Memory and the load line",
        "needs = weights + cache + scratch + what the system keeps; weights are the sum over all tensors of "
          + "elements / block · bytes of a block. The load line is what a model can have: \(record.box.budgetBytes) "
          + "here. fits: at least a tenth of it stays free; tight: less; streams: the weights are read from disk "
          + "again for every token; exceeds: neither. The rule of each use is in the table below, its numbers "
          + "are at each model."
      ),
      (
        "f-speed", "Speeds",
        "decode = 1 / (bytes read for a token / read bandwidth + overhead of the layers), or what arithmetic allows "
          + "where that is slower; the bytes are the active weights and the cache. prefill = arithmetic of the "
          + "prompt / the rate a runtime reaches. first token at 8k = 8,192 / prefill + 1 / decode. Read bandwidth: "
          + "\(BytesPerSecond(bandwidth.low)) to \(BytesPerSecond(bandwidth.high)), \(record.provenance); "
          + "source: \(record.box.source). How far ranges were right when held against published rates: "
          + "docs/ACCURACY.md."
      ),
      (
        "f-training", "Fine-tuning",
        "needs = weights + adapters, gradients, optimiser states + activations, recomputed in the backward pass; "
          + "rate = tokens / (passes · 2 · parameters · tokens / the rate of 16-bit arithmetic). full trains every "
          + "weight, lora adapters of rank 32 over 16-bit weights, qlora over 4-bit ones (Dettmers et al. 2023)."
      ),
    ]
  }

  private var money: [Entry] {
    let own = record.ownershipText
    return [
      (
        "f-cost", "Tokens a day, energy, cost",
        "tokens a day = 86,400 · decode. kWh a million = 10⁶ · power / decode / 3.6·10⁶. cost a million = kWh · "
          + "electricity + price · 10⁶ / (lifetime · decode). The box works day and night; idle hours make each "
          + "token dearer. Inputs: \(own)."
      ),
      (
        "f-breakeven", "Break-even",
        "million tokens = price / (hosted price − electricity of a million tokens); days = those tokens / tokens a "
          + "day. never: electricity alone costs more than the host. Generated tokens are held against the host's "
          + "price of sampling, training against its price of training."
          + (record.priceSource.map { " Prices: \($0)." } ?? "")
      ),
    ]
  }

  private var measurements: [Entry] {
    [
      (
        "f-roofline", "Roofline",
        "attainable = min(arithmetic ceiling, operations a byte · read bandwidth); a point is a kernel's work / "
          + "median time, its whisker the median's 95 % interval. Source: Williams, Waterman and Patterson, "
          + "Roofline, CACM 52(4), 2009."
      ),
      (
        "f-latency", "Latency ladder",
        "seconds of one load of a walk in random order whose every address is the last load's value, median of all "
          + "rounds; the band is its 95 % interval, the dotted lines are the caches that its steps give away."
      ),
      (
        "f-scaling", "Thread scaling",
        "median rate with n threads / median rate with one, of the profile's interleaved rounds."
      ),
      (
        "f-trend", "Efficiency over time",
        "efficiency = the least time that the ceiling allows / the time taken, paired round by round, so that a "
          + "slow hour of the box is none of the kernel's; drawn is the median over a workload's rows."
      ),
      (
        "f-cliff", "The cliff",
        "tokens a second of a walk over a mapped file of the model's real size (plimsoll simulate), median and "
          + "interval; hollow points ran some layers and were extrapolated to all."
      ),
    ]
  }

  /// Said where a sweep is drawn.
  private var sweep: [Entry] {
    guard record.sweep != nil else { return [] }
    return [
      (
        "f-sweep", "The cliff as a sweep",
        "tokens a second of the same weights under control groups of less and less memory (plimsoll run walk), "
          + "median and interval in steady state, the first touch left out. Predicted: 1 / (time of a token in "
          + "memory + bytes read from the disk / its rate); at best what has no room is read, at worst, since each "
          + "page is evicted before its next use, all of it at the pace of page faults."
      )
    ]
  }
}
