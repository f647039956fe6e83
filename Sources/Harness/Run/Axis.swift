import Models
import Units

/// One parameter of a workload: its name, what it means, what it may be, and what it usually is.
public struct Axis: Sendable {
  /// What values are allowed.
  public enum Kind: Sendable, Equatable {
    /// A whole number in a range; people may write `8k`.
    case count(ClosedRange<Int>)
    /// A number of bytes, 1 at least; people may write `256MiB`.
    case bytes
    /// A number in a range.
    case number(ClosedRange<Double>)
    /// One of these words.
    case choice([String])
    /// The path of a file, without commas.
    case file
  }

  /// The name, as in `--param m=512`.
  public let name: String
  /// What it means, in a few words.
  public let meaning: String
  /// What values are allowed.
  public let kind: Kind
  /// The values that a run without `--param` takes; none where people have to name one.
  public let usual: [ParameterValue]

  /// Memberwise.
  public init(_ name: String, _ meaning: String, _ kind: Kind, usual: [ParameterValue]) {
    self.name = name
    self.meaning = meaning
    self.kind = kind
    self.usual = usual
  }

  /// An extent of a matrix.
  public static func extent(_ name: String, _ meaning: String, usual: Int...) -> Axis {
    Axis(name, meaning, .count(1...Int(Int32.max)), usual: usual.map(ParameterValue.count))
  }

  /// The value that `text` stands for.
  ///
  /// Errors: `.usage`, with what is allowed and what was found.
  public func value(parsing text: String) throws(WorkloadError) -> ParameterValue {
    switch kind {
    case .count(let range):
      guard let count = Int(text) ?? (try? Count(parsing: text))?.value, range.contains(count)
      else {
        throw wrong(text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return .count(count)
    case .bytes:
      guard let bytes = try? Bytes(parsing: text), bytes.count > 0 else {
        throw wrong(text, "a size such as 256MiB")
      }
      return .count(bytes.count)
    case .number(let range):
      guard let number = Double(text), range.contains(number) else {
        throw wrong(text, "a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return .number(number)
    case .choice(let words):
      guard let word = words.first(where: { $0.lowercased() == text.lowercased() }) else {
        let near = NearNames.near(text, in: words, limit: 1).first
        throw wrong(
          text,
          "one of \(words.joined(separator: ", "))"
            + (near.map { "; did you mean \($0)?" } ?? ""))
      }
      return .word(word)
    case .file: return .word(text)
    }
  }

  private func wrong(_ text: String, _ expected: String) -> WorkloadError {
    WorkloadError(.usage, "\(name)=\(text): \(name) (\(meaning)) is \(expected)")
  }
}

/// Which values each parameter takes: a grid, whose rows are all their combinations.
public struct Grid: Sendable {
  /// Texts by parameter name, in the order in which people gave them.
  public private(set) var values: [String: [String]] = [:]

  /// No values: everything is as usual.
  public init() {}

  /// Adds `m=1,8,512`; a name given twice takes both lists.
  ///
  /// Errors: `.usage` for anything else.
  public mutating func add(_ text: String) throws(WorkloadError) {
    let parts = text.split(separator: "=", maxSplits: 1)
    let items = parts.last.map { $0.split(separator: ",").map(String.init) } ?? []
    guard parts.count == 2, !items.isEmpty else {
      throw WorkloadError(.usage, "'\(text)' sets no parameter; write --param m=1,8,512")
    }
    add(String(parts[0]), items)
  }

  /// Adds values of the parameter `name`.
  mutating func add(_ name: String, _ items: [String]) { values[name, default: []] += items }

  /// The largest number of rows that one run may ask for.
  public static let limit = 10_000

  /// All combinations for `axes`, the last axis running fastest; values that are not for these axes
  /// are left alone. No rows where a value is missing that people have to name.
  ///
  /// Errors: `.usage` for a value that an axis does not allow, or for more than `limit` rows.
  public func rows(of axes: [Axis]) throws(WorkloadError) -> [Parameters] {
    var rows = [Parameters([])]
    for axis in axes {
      var choices: [ParameterValue] = []
      for text in values[axis.name] ?? [] { choices.append(try axis.value(parsing: text)) }
      if choices.isEmpty { choices = axis.usual }
      guard rows.count * choices.count <= Self.limit else {
        throw WorkloadError(.usage, "the grid has more than \(Self.limit) rows; name fewer values")
      }
      rows = rows.flatMap { row in choices.map { Parameters(row.pairs + [(axis.name, $0)]) } }
    }
    return rows
  }
}
