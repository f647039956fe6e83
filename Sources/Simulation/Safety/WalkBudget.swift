import Hardware
import Units

/// The memory that a walk may take, so that the box stays usable beside it.
public struct WalkBudget: Sendable, Equatable {
  /// What the box can give now, by its tightest limit.
  public let available: Bytes
  /// What is left to everybody else: a sixteenth of what is available, within 512 MiB and 4 GiB, but
  /// never more than half of it.
  public let reserve: Bytes
  /// What was asked for, where somebody did.
  public let asked: Bytes?

  /// What the walk may take.
  public var bytes: Bytes { min(available - reserve, asked ?? available) }

  /// Where a `Watchdog` ends the walk: half of the reserve.
  public var floor: Bytes { Bytes(reserve.count / 2) }

  /// The budget of this box as it is now.
  ///
  /// Errors: `.refused` where the system doesn't tell its memory, or has less than `asked` beside the
  /// reserve; `.usage` for nothing or less.
  public init(
    asked: Bytes? = nil, from files: SystemFiles = .live
  ) throws(SimulationError) {
    guard let memory = AvailableMemory.read(from: files).value else {
      throw SimulationError(.refused, "the system doesn't tell how much memory it can give")
    }
    available = memory.available
    reserve = Self.reserve(of: available)
    self.asked = asked
    guard let asked else { return }
    guard asked > .zero else {
      throw SimulationError(.usage, "a budget of \(asked) is none; name one such as 16GiB")
    }
    try check(asked, for: "the budget asked for")
  }

  /// Makes sure that `needed` fits.
  ///
  /// Errors: `.refused` with how much is missing.
  public func check(_ needed: Bytes, for purpose: String) throws(SimulationError) {
    guard needed > bytes else { return }
    throw SimulationError(
      .refused,
      "\(purpose) needs \(needed) of memory, and \(bytes) can be had (\(available) available, a reserve "
        + "of \(reserve) is kept): \(needed - bytes) are missing")
  }

  private static func reserve(of available: Bytes) -> Bytes {
    let usual = min(max(available.count / 16, 512 << 20), 4 << 30)
    return Bytes(min(usual, available.count / 2))
  }
}
