extension String {
  /// The text fit for a terminal: control and formatting characters replaced, and what is beyond
  /// `longest` characters cut. Names in files can be chosen by anyone.
  func printable(longest: Int) -> String {
    let shown = unicodeScalars.prefix(longest).map { scalar -> Character in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: return "\u{FFFD}"
      default: return Character(scalar)
      }
    }
    return String(shown) + (unicodeScalars.count > longest ? "…" : "")
  }
}
