/// Names close to one that was mistyped: Levenshtein distance on folded names, less a bonus for words
/// they share.
public enum NearNames {
  /// The lower-case letters and digits of `name`; punctuation falls away.
  static func fold(_ name: some StringProtocol) -> String {
    String(name.lowercased().filter { $0.isLetter || $0.isNumber })
  }

  /// The lower-case words of `name`, split at `-`, `_`, `/` and blanks (a point stays: `3.1`).
  static func words(_ name: some StringProtocol) -> [String] {
    name.lowercased().split { "-_/ :".contains($0) }.map(String.init)
  }

  /// Up to `limit` of `names` that resemble `query`, nearest first.
  public static func near(_ query: String, in names: [String], limit: Int = 5) -> [String] {
    let folded = fold(query)
    let asked = Set(words(query))
    return
      names
      .map { name in
        let shared = asked.intersection(words(name)).count
        let longest = max(folded.count, fold(name).count, 1)
        let distance = Double(levenshtein(folded, fold(name))) / Double(longest)
        return (name: name, score: distance - 0.5 * Double(shared) / Double(max(asked.count, 1)))
      }
      .filter { $0.score < 0.45 }
      .sorted { ($0.score, $0.name) < ($1.score, $1.name) }
      .prefix(limit).map(\.name)
  }

  /// The least number of insertions, deletions and replacements that turn `a` into `b`.
  ///
  /// Cost: `a.count · b.count` steps. Source: Levenshtein (1966), by the Wagner–Fischer recurrence.
  static func levenshtein(_ a: String, _ b: String) -> Int {
    let right = Array(b.utf8)
    var row = Array(0...right.count)
    for (i, left) in a.utf8.enumerated() {
      var diagonal = i
      row[0] = i + 1
      for j in right.indices {
        let replaced = diagonal + (left == right[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
