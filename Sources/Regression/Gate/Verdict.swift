/// What a comparison of old with new found.
public enum Verdict: String, Sendable, Codable, CaseIterable {
  /// A slowdown as large as the one sought is excluded, and none was shown.
  case same
  /// The new one is slower.
  case slower
  /// The new one is faster.
  case faster
  /// Neither shown nor excluded; the reason stands beside it.
  case inconclusive

  /// The verdict over all rows: one slower row decides, then one that is inconclusive, then one that
  /// is faster. No rows show nothing.
  public init(of rows: some Collection<Verdict>) {
    let order: [Verdict] = [.slower, .inconclusive, .faster, .same]
    self = rows.isEmpty ? .inconclusive : order.first(where: rows.contains) ?? .inconclusive
  }
}
