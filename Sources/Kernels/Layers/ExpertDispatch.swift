/// Rows of tokens sorted by expert, so that each expert's weights are read once.
struct ExpertDispatch {
  /// Experts with at least one token, rising.
  let experts: [Int]
  /// Tokens of each of `experts`.
  let groups: [Int]
  /// The token of each row.
  let order: [Int]
  /// For each token its rows and their weights.
  let rows: [[(row: Int, weight: Float)]]

  /// Sorts the choices that a router made for each token.
  init(_ choices: [[(expert: Int, weight: Float)]], experts count: Int) {
    var sizes = [Int](repeating: 0, count: count)
    for choice in choices { for entry in choice { sizes[entry.expert] += 1 } }
    experts = sizes.indices.filter { sizes[$0] > 0 }
    groups = experts.map { sizes[$0] }
    var next = sizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    var order = [Int](repeating: 0, count: choices.reduce(0) { $0 + $1.count })
    rows = choices.enumerated().map { token, choice in
      choice.map { entry in
        let row = next[entry.expert]
        next[entry.expert] += 1
        order[row] = token
        return (row, entry.weight)
      }
    }
    self.order = order
  }
}
