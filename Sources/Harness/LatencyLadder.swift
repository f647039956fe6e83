import Statistics
import Units

/// The latency of dependent loads by working-set size, and the caches that its steps give away.
public struct LatencyLadder: Sendable, Equatable, Codable {
  /// The latency at one working-set size.
  public struct Rung: Sendable, Equatable, Codable {
    /// Bytes walked in random order, one load a cache line.
    public var workingSet: Bytes
    /// Seconds a load.
    public var latency: Estimate

    /// Memberwise.
    public init(workingSet: Bytes, latency: Estimate) {
      self.workingSet = workingSet
      self.latency = latency
    }
  }

  /// A cache, or memory, as the ladder shows it.
  public struct Level: Sendable, Equatable, Codable {
    /// The largest working set still served at this level's latency; nil for memory.
    public var capacity: Bytes?
    /// Seconds a load on the level's plateau.
    public var latency: Estimate
  }

  /// The rungs, smallest working set first.
  public var rungs: [Rung]

  /// A ladder of `rungs`, smallest first.
  public init(rungs: [Rung]) { self.rungs = rungs }

  /// The levels found, fastest first, memory last; empty for no rungs.
  ///
  /// A boundary is a run of rungs over which the latency climbs: each step by `stepRise` at least, with
  /// at most one flat rung inside, and by `boundaryRise` in all. Between boundaries lie plateaus; the
  /// capacity is the rung before the climb's steepest step, since a random walk begins to miss some
  /// way below it (a 1 MiB cache: 3.1 ns at 384 KiB, 8.4 at 1 MiB, 44 at 1.5 MiB). A cache shared with
  /// busy neighbours looks smaller than it is, and one whose climb melts into the next is not told
  /// apart from it.
  public var levels: [Level] {
    guard !rungs.isEmpty else { return [] }
    var levels: [Level] = []
    var plateauStart = 0
    for climb in climbs {
      levels.append(
        Level(
          capacity: rungs[steepest(climb)].workingSet,
          latency: plateau(plateauStart...climb.lowerBound)))
      plateauStart = climb.upperBound
    }
    levels.append(Level(capacity: nil, latency: plateau(plateauStart...rungs.count - 1)))
    return levels
  }

  static let stepRise = 1.12
  static let boundaryRise = 1.5

  /// The rung before the step of `climb` that multiplies the latency most.
  private func steepest(_ climb: ClosedRange<Int>) -> Int {
    func rise(_ index: Int) -> Double {
      rungs[index + 1].latency.value / rungs[index].latency.value
    }
    return climb.dropLast().max { rise($0) < rise($1) } ?? climb.lowerBound
  }

  /// Runs of rising rungs, from the last low rung to the first high one.
  private var climbs: [ClosedRange<Int>] {
    let rising = rungs.indices.dropLast().filter { index in
      rungs[index + 1].latency.value >= Self.stepRise * rungs[index].latency.value
    }
    var runs: [ClosedRange<Int>] = []
    for index in rising {
      if let last = runs.last, index <= last.upperBound + 1 {
        runs[runs.count - 1] = last.lowerBound...index + 1
      } else {
        runs.append(index...index + 1)
      }
    }
    return runs.filter { run in
      rungs[run.upperBound].latency.value
        >= Self.boundaryRise * rungs[run.lowerBound].latency.value
    }
  }

  /// The median rung of a plateau, with the plateau's own range.
  private func plateau(_ range: ClosedRange<Int>) -> Estimate {
    let latencies = rungs[range].map(\.latency)
    let values = Sample(latencies.map(\.value))
    return Estimate(
      value: values.median ?? 0,
      low: latencies.map(\.low).min() ?? 0,
      high: latencies.map(\.high).max() ?? 0)
  }
}
