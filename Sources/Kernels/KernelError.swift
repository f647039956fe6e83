/// A call that a kernel can't carry out; its text says what was expected.
public struct KernelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One sentence for people.
  public let description: String

  /// An error with its sentence.
  public init(description: String) { self.description = description }
}
