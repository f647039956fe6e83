import Hardware

/// What a kernel finds in the caches.
public enum CacheState: String, Sendable, Codable, CaseIterable {
  /// What the same call left there, as far as it fits.
  case hot
  /// Nothing of its own: other memory was read in between.
  case cold
}

/// What is done around each sample, untimed.
struct SampleConditions {
  /// What comes before it.
  var preparation: Preparation
  /// Reads the counters of a process, or of this one.
  var counters: (Int32?) -> SampleCounters

  /// What comes before a sample.
  enum Preparation {
    /// An untimed call, if a sample has several or `always`.
    case warmUp(always: Bool)
    /// Something that leaves nothing of the kernel's in the caches; a sample is one call then.
    case evict(() -> Void)
  }

  /// A sample is one call.
  var isCold: Bool { if case .evict = preparation { true } else { false } }
}

extension RunDocument {
  /// What the system did during each sample, in the samples' order; a list is nil where the system doesn't
  /// tell, and for a plug-in that of faults and switches.
  public struct Evidence: Sendable, Equatable, Codable {
    /// Processor time that the hypervisor gave to others, of all processors together; whole ticks.
    @Null public var stealSeconds: [Double]?
    /// How long the worst-off thread waited for a processor.
    @Null public var waitSeconds: [Double]?
    /// Page faults that waited for a disk.
    @Null public var majorFaults: [Int]?
    /// Context switches, voluntary or not.
    @Null public var contextSwitches: [Int]?

    /// The lists of `samples`.
    init(_ samples: some Collection<SampleEvidence>) {
      func list<Value>(_ figure: (SampleEvidence) -> Value?) -> [Value]? {
        let values = samples.compactMap(figure)
        return values.count == samples.count ? values : nil
      }
      stealSeconds = list(\.stealSeconds)
      waitSeconds = list(\.waitSeconds)
      majorFaults = list(\.majorFaults)
      contextSwitches = list(\.contextSwitches)
    }
  }
}
