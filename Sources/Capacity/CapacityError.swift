/// A question about capacity that can't be answered; its text says what to do.
public struct CapacityError: Error, Equatable, CustomStringConvertible {
  /// One sentence for the person who asked.
  public let description: String

  /// An error that reads `description`.
  public init(_ description: String) { self.description = description }
}
