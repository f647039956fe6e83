/// A set of processors in the kernel's list format: `0-3,8,10-11`.
public struct CPUList: Sendable, Equatable {
  /// The processor numbers, ascending, each once.
  public let numbers: [Int]

  /// These processors.
  public init(_ numbers: some Sequence<Int>) { self.numbers = Set(numbers).sorted() }

  /// Reads `0-3,8`; an empty text is an empty set. nil for anything else, and for numbers of 2¹⁶ and
  /// more, which no kernel has.
  public init?(parsing text: some StringProtocol) {
    var numbers: Set<Int> = []
    for range in text.split(separator: ",") {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil,
        first >= 0, first <= last, last < 1 << 16
      else { return nil }
      numbers.formUnion(first...last)
    }
    self.numbers = numbers.sorted()
  }

  /// How many processors.
  public var count: Int { numbers.count }

  /// The processors that are in both sets.
  public func intersection(_ other: CPUList) -> CPUList {
    CPUList(Set(numbers).intersection(other.numbers))
  }
}

extension CPUList: CustomStringConvertible {
  /// The kernel's list format.
  public var description: String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound == number - 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}

extension CPUList: Codable {
  /// The kernel's list format as a string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let list = CPUList(parsing: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected a processor list such as 0-3,8")
    }
    self = list
  }

  /// The kernel's list format as a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension SystemFiles {
  /// The processor list that the file at `path` holds.
  func cpuList(_ path: String) -> Reading<CPUList> {
    text(path).flatMap {
      Reading(CPUList(parsing: $0), orReason: "\(path): '\($0.prefix(40))' is no processor list")
    }
  }
}
