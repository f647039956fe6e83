import Hardware

/// What earlier profiles of one kind of box said, oldest first: few figures, and so many at most.
public struct ProfileHistory: Sendable, Equatable, Codable {
  /// The schema of the stored file.
  public static let schema = "plimsoll/profile-history@1"
  /// How many profiles are remembered: about 1 KiB each.
  public static let longest = 20

  /// Always `ProfileHistory.schema`.
  public var schema: String
  /// The profiles, oldest first.
  public private(set) var entries: [Entry]

  /// The figures of one profile.
  public struct Entry: Sendable, Equatable, Codable {
    /// When it was measured, in seconds since 1970.
    public var measuredAt: Double
    /// The kernels' instruction set.
    public var instructionSet: String
    /// The most threads at work: under an affinity mask a box has other figures.
    public var threads: Int
    /// The best value of each ceiling that had one.
    public var figures: [Figure]

    /// One ceiling's value.
    public struct Figure: Sendable, Equatable, Codable {
      /// The ceiling's name: `read_bandwidth`.
      public var name: String
      /// The median, in the ceiling's unit.
      public var value: Double
    }

    /// What is remembered of `profile`.
    public init(_ profile: Profile) {
      measuredAt = profile.measuredAt
      instructionSet = profile.instructionSet
      threads = profile.threads
      var seen: Set<String> = []
      figures = profile.ceilings.compactMap { ceiling in
        guard let value = ceiling.value, seen.insert(ceiling.name).inserted else { return nil }
        return Figure(name: ceiling.name, value: value)
      }
    }
  }

  /// A history of `entries`, the last `longest` of them.
  public init(_ entries: [Entry] = []) {
    schema = Self.schema
    self.entries = Array(entries.suffix(Self.longest))
  }

  /// This history and `profile`; the oldest entry makes room. What is there already stays as it is.
  public func adding(_ profile: Profile) -> ProfileHistory {
    guard !entries.contains(where: { $0.measuredAt == profile.measuredAt }) else { return self }
    return ProfileHistory(entries + [Entry(profile)])
  }

  /// The entries that `profile` can be held against: others, by the same kernels, with as many threads.
  ///
  /// Of a ceiling the best value counts, by however many threads it was reached: in a busy hour one alone may
  /// be faster than all.
  public func comparable(with profile: Profile) -> [Entry] {
    entries.filter {
      $0.measuredAt != profile.measuredAt && $0.instructionSet == profile.instructionSet
        && $0.threads == profile.threads
    }
  }
}

extension Profile {
  /// The most threads at work.
  fileprivate var threads: Int { ceilings.map(\.threads).max() ?? 0 }
}
