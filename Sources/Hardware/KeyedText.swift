/// Lines of a name and a value, as most files below `/proc` are laid out.
struct KeyedText: Sendable {
  private var values: [String: String] = [:]

  /// Splits every line at the first `separator`; of a repeated name the first value stays.
  init(_ lines: some Sequence<Substring>, separator: Character) {
    for line in lines {
      guard let split = line.firstIndex(of: separator) else { continue }
      let name = Self.trimmed(line[..<split])
      if values[name] == nil { values[name] = Self.trimmed(line[line.index(after: split)...]) }
    }
  }

  /// The value beside `name`.
  subscript(name: String) -> String? { values[name] }

  /// The whole number beside `name`.
  func integer(_ name: String) -> Int? { values[name].flatMap { Int(kernel: $0) } }

  /// The bytes beside `name`, written as `123 kB`.
  func kibibytes(_ name: String) -> Int? {
    guard let number = values[name]?.split(separator: " ").first.flatMap({ Int($0) }),
      number >= 0, number < 1 << 50
    else { return nil }
    return number << 10
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
