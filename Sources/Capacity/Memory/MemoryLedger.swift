import Units

/// Where the memory goes, line by line, each with the arithmetic that made it.
public struct MemoryLedger: Sendable, Equatable {
  /// The lines, largest groups first: weights, cache, scratch, what the system keeps.
  public var lines: [Line]

  /// Memberwise.
  public init(lines: [Line] = []) { self.lines = lines }

  /// One use of memory.
  public struct Line: Sendable, Equatable {
    /// What it is, fixed for scripts: `weights: attention`, `kv cache`, `compute buffer`.
    public var item: String
    /// What kind of use it is.
    public var kind: Kind
    /// How much; `Int.max` where the true amount is beyond an `Int`.
    public var bytes: Bytes
    /// The arithmetic with its numbers filled in, for people.
    public var formula: String
    /// Where the rule comes from.
    public var source: String

    /// Memberwise.
    public init(item: String, kind: Kind, bytes: Bytes, formula: String, source: String) {
      self.item = item
      self.kind = kind
      self.bytes = bytes
      self.formula = formula
      self.source = source
    }
  }

  /// What a use of memory is for, which fixes what can be done about it.
  public enum Kind: String, Sendable, CaseIterable {
    /// Weights: mapped from a file, so they can be dropped and read again.
    case weights
    /// Keys, values and recurrent states: grow with context and batch.
    case cache
    /// Scratch memory of the runtime.
    case compute
    /// What the operating system needs beside the model.
    case system
    /// What training adds: gradients, optimiser states, adapters, activations.
    case training
  }

  /// All lines together, saturating at `Int.max`.
  public var total: Bytes { lines.reduce(.zero) { $0.addingSaturated($1.bytes) } }

  /// The lines of one kind together, saturating at `Int.max`.
  public func total(_ kind: Kind) -> Bytes {
    lines.reduce(.zero) { $1.kind == kind ? $0.addingSaturated($1.bytes) : $0 }
  }
}
