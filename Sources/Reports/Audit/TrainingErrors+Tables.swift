import Capacity
import Harness
import Units

extension TrainingErrors {
  /// How far off fine-tuning is, a row a program that trained; without rows when no run could be judged.
  var table: Table {
    Table(
      title: "Fine-tuning: how far off",
      columns: [
        .init("trained with"), .init("peaks", .right), .init("median", .right),
        .init("four of five", .right), .init("from", .right), .init("to", .right),
        .init("verdicts right", .right), .init("rates", .right), .init("median", .right),
        .init("four of five", .right), .init("in range", .right),
      ],
      rows: groups.map { group in
        [
          group.trainer?.rawValue ?? "all", "\(group.memory.count)",
          percent(group.memoryError?.median), percent(group.memoryError?.upper),
          signed(group.memory.min()), signed(group.memory.max()),
          "\(group.right) of \(group.outcomes)", "\(group.rates.count)",
          percent(group.rateError?.median), percent(group.rateError?.upper), "\(group.inside)",
        ]
      },
      footnotes: [
        "peaks are what the allocator had given out; errors are |predicted / measured − 1|; shares and recipes were "
          + "chosen with most of these runs in view (docs/ACCURACY.md)"
      ])
  }

  /// Why runs were not judged.
  var unusedTable: Table { Table(title: "Fine-tuning not judged", reasons: unused) }

  private func percent(_ share: Double?) -> String {
    share.map { "\(Decimal.fixed($0 * 100, 1)) %" } ?? "–"
  }

  private func signed(_ share: Double?) -> String {
    share.map { "\($0 < 0 ? "−" : "+")\(Decimal.fixed(abs($0) * 100, 1)) %" } ?? "–"
  }

  /// A group as machines read it: shares, not percent.
  struct Document: Encodable {
    @Null var trainer: String?
    let peaks: Int
    @Null var memoryMedian: Double?
    @Null var memoryFourOfFive: Double?
    let outcomes: Int
    let right: Int
    let rates: Int
    @Null var rateMedian: Double?
    @Null var rateFourOfFive: Double?
    let ratesInRange: Int

    init(_ group: Group) {
      trainer = group.trainer?.rawValue
      (peaks, outcomes, right) = (group.memory.count, group.outcomes, group.right)
      (memoryMedian, memoryFourOfFive) = (group.memoryError?.median, group.memoryError?.upper)
      (rates, ratesInRange) = (group.rates.count, group.inside)
      (rateMedian, rateFourOfFive) = (group.rateError?.median, group.rateError?.upper)
    }
  }
}
