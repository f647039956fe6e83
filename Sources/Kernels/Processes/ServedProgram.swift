/// A program to be started as a `ServedProcess`, and how to speak of it.
public struct ServedProgram: Sendable {
  /// Its file; nil for this program.
  public var path: String?
  /// What follows its name on the command line: a hidden verb first.
  public var arguments: [String]
  /// What sentences call it, as `the plug-in ./mine.so`.
  public var subject: String
  /// What to do when it takes too long; empty for nothing.
  public var advice: String
  /// One more variable of its environment, as `NAME=value`.
  public var variable: String?
  /// Whether what it prints goes nowhere, instead of to standard error.
  public var isQuiet: Bool
  /// Whether its standard output is listened to: a program that knows nothing of this one.
  public var isHeard: Bool

  /// Memberwise.
  public init(
    path: String? = nil, arguments: [String], subject: String, advice: String = "",
    variable: String? = nil, isQuiet: Bool = false, isHeard: Bool = false
  ) {
    self.path = path
    self.arguments = arguments
    self.subject = subject
    self.advice = advice
    self.variable = variable
    self.isQuiet = isQuiet
    self.isHeard = isHeard
  }
}
