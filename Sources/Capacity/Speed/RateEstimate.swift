import Statistics
import Units

/// How fast tokens come, how sure that is, and what stands in the way.
public struct RateEstimate: Sendable, Equatable {
  /// Tokens per second over all sequences of the batch.
  public var tokensPerSecond: Estimate
  /// Tokens per second that this box's memory, arithmetic and disk allow at their full rate, with no
  /// overhead at all: a claim above it is wrong.
  public var limit: Double
  /// What takes most of the time.
  public var boundBy: Bound
  /// Data read from memory for one step (decode: one token of every sequence; prefill: one
  /// micro-batch).
  public var bytesPerStep: Bytes
  /// Arithmetic of one step.
  public var arithmeticPerStep: FLOPs

  /// Memberwise.
  public init(
    tokensPerSecond: Estimate, limit: Double, boundBy: Bound, bytesPerStep: Bytes,
    arithmeticPerStep: FLOPs
  ) {
    self.tokensPerSecond = tokensPerSecond
    self.limit = limit
    self.boundBy = boundBy
    self.bytesPerStep = bytesPerStep
    self.arithmeticPerStep = arithmeticPerStep
  }

  /// What takes most of the time of a step.
  public enum Bound: String, Sendable, CaseIterable, Codable {
    case memoryBandwidth = "memory bandwidth"
    case arithmetic
    case disk
    case overhead
    case link
  }
}
