/// Something that holds a box back, as a value: what was found, what a healthy one has, what to try.
public struct HealthFinding: Sendable, Equatable, Codable {
  /// How bad it is.
  public enum Severity: String, Sendable, Codable {
    /// The box does less than its kind: something is broken or goes wrong just now.
    case sick
    /// A setting holds it back, or a sign that has harmless causes too.
    case limited
  }

  /// A short fixed word for scripts: `low-bandwidth`.
  public var code: String
  /// How bad it is.
  public var severity: Severity
  /// What was found, as one clause with its number.
  public var found: String
  /// What a healthy box has, with where that comes from.
  public var expected: String
  /// What to try.
  public var advice: String

  /// Memberwise.
  public init(
    code: String, severity: Severity, found: String, expected: String, advice: String
  ) {
    self.code = code
    self.severity = severity
    self.found = found
    self.expected = expected
    self.advice = advice
  }
}
