import Measurement

/// A provider as people name it on the command line.
public enum ProviderName: Sendable, Hashable {
  /// `plimsoll`: the project's own kernels.
  case own
  /// `cblas:PATH`: a library with the CBLAS interface, called in this process.
  case cblas(path: String)
  /// `plugin:PATH`: a library that implements `plimsoll_kernel.h`, called in a process of its own.
  case plugin(path: String)

  /// Reads a name.
  ///
  /// Errors: `.usage` for anything else.
  public init(parsing text: String) throws(ProviderError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch (parts.first, parts.count == 2 ? String(parts[1]) : "") {
    case ("plimsoll", "") where parts.count == 1: self = .own
    case ("cblas", let path) where !path.isEmpty: self = .cblas(path: path)
    case ("plugin", let path) where !path.isEmpty: self = .plugin(path: path)
    default:
      throw ProviderError(
        .usage, "'\(text)' is no provider; write plimsoll, cblas:PATH or plugin:PATH")
    }
  }

  /// The provider of this name, its library loaded.
  ///
  /// - Parameters:
  ///   - patience: seconds after which one call of a plug-in counts as hung.
  ///   - isInterrupted: asked while a plug-in is waited for.
  /// Errors: `.notFound` and `.malformed` for libraries that are not there or not what they
  /// should be; `.failed` when one crashes while it is loaded.
  public func open(
    table: KernelTable, pools: WorkerPools, clock: any Clock, patience: Double,
    isInterrupted: @escaping () -> Bool = { false }
  ) throws(ProviderError) -> any KernelProvider {
    switch self {
    case .own: OwnProvider(table: table, pools: pools, clock: clock)
    case .cblas(let path): try CBLASProvider(path: path, clock: clock)
    case .plugin(let path):
      try PluginProvider(path: path, patience: patience, isInterrupted: isInterrupted)
    }
  }
  /// The same with plug-ins called in this process, which has been started for just this provider.
  ///
  /// Errors: `.notFound` and `.malformed` for libraries that are not there or not what they should be.
  public func openAsGuest(
    table: KernelTable, pools: WorkerPools, clock: any Clock
  ) throws(ProviderError) -> any KernelProvider {
    if case .plugin(let path) = self { return try GuestPlugin(path: path, clock: clock) }
    return try open(table: table, pools: pools, clock: clock, patience: 0)
  }
}
