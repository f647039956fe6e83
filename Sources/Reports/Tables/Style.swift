/// How text may be coloured: ANSI escapes on a terminal, nothing elsewhere.
public struct Style: Sendable, Equatable {
  private let isColoured: Bool

  private init(isColoured: Bool) { self.isColoured = isColoured }

  /// No escapes.
  public static let plain = Style(isColoured: false)
  /// ANSI escapes.
  public static let coloured = Style(isColoured: true)

  /// The style for a stream: colours only on a terminal, and never where `NO_COLOR` is set (to
  /// anything but nothing) or `TERM` is `dumb`. Source: no-color.org.
  public init(isTerminal: Bool, environment: [String: String]) {
    isColoured =
      isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// For headings.
  public func bold(_ text: String) -> String { wrap(text, "1") }
  /// For what may be skipped.
  public func dim(_ text: String) -> String { wrap(text, "2") }
  /// For yes.
  public func green(_ text: String) -> String { wrap(text, "32") }
  /// For yes, but.
  public func yellow(_ text: String) -> String { wrap(text, "33") }
  /// For no.
  public func red(_ text: String) -> String { wrap(text, "31") }

  private func wrap(_ text: String, _ code: String) -> String {
    isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
