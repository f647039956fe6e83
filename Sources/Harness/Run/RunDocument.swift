import Hardware
import Statistics

/// What `plimsoll run` found, as its JSON has it.
public struct RunDocument: Sendable, Equatable, Codable {
  /// The schema of today's documents.
  public static let schema = "plimsoll/run@1"

  /// Always `RunDocument.schema`.
  public var schema = RunDocument.schema
  /// The suite's name; nil for rows named one by one.
  @Null public var suite: String?
  /// Whether somebody asked for the end before it was reached: rows may be missing.
  public var interrupted = false
  /// On what and in what circumstances it was measured.
  public var environment: RunEnvironment
  /// Whose kernels were measured, the one that others are compared with first.
  public var providers: [Provider]
  /// The box's ceilings over all rounds.
  public var ceilings: [Ceiling]
  /// The ceilings at both ends of the run; nil for one that was interrupted, or of old.
  public var ceilingDrift: [CeilingDrift]? = nil
  /// A result for each row, provider and number of threads.
  public var results: [Result]

  /// A provider.
  public struct Provider: Sendable, Equatable, Codable {
    /// As it was asked for: `cblas:/usr/lib/libopenblas.so.0`.
    public var name: String
    /// What it says about itself.
    public var details: String
  }
}

/// On what and in what circumstances a run was measured.
public struct RunEnvironment: Sendable, Equatable, Codable {
  /// The box's short name.
  public var fingerprint: String
  /// The instruction set of Plimsoll's own kernels.
  public var instructionSet: String
  /// The seed of all inputs.
  public var seed: UInt64
  /// When it began, in seconds since 1970.
  public var startedAt: Double
  /// What measuring itself costs; documents of old don't say.
  public var measuring: MeasuringCost? = nil
  /// What the system was doing meanwhile.
  public var evidence: EnvironmentEvidence
  /// Doubts about the figures, for people.
  public var warnings: [String]
}

extension RunDocument {
  /// One row, provider and number of threads.
  public struct Result: Sendable, Equatable, Codable {
    /// The row: `matmul/m=512,n=4096,k=4096,type=f32`.
    public var id: String
    /// What the kernel found in the caches; documents of old don't say.
    public var cache: CacheState? = nil
    /// The workload.
    public var workload: String
    /// The parameters' values.
    public var parameters: [String: ParameterValue]
    /// Whose kernel.
    public var provider: String
    /// Threads at work.
    public var threads: Int
    /// Seconds a call, sample by sample, in the order in which they were taken.
    public var samplesSeconds: [Double]
    /// What the system did during each sample; documents of old don't say.
    public var evidence: Evidence? = nil
    /// Calls in one sample.
    public var callsPerSample: Int
    /// What came before, untimed: loading a model, repacking weights; nil for foreign kernels.
    @Null public var setupSeconds: Double? = nil
    /// Why no more samples were taken: `narrow`, `time`, `rounds` or `interrupted`.
    @Null public var ended: String?
    /// The median of the samples.
    @Null public var medianSeconds: Double?
    /// Its 95 % interval.
    @Null public var ci95Seconds: [Double]?
    /// What one call does.
    public var work: Work
    /// What it reached, in the unit of its ceiling or in tokens a second.
    @Null public var rate: Rate?
    /// The share of its ceiling: the least time that the ceiling allows over the time taken, paired
    /// round by round.
    @Null public var efficiency: Double?
    /// The 95 % interval of the efficiency.
    @Null public var efficiencyCi95: [Double]?
    /// The shares round by round, where there are any; documents of old have none.
    public var efficiencySamples: [Double]? = nil
    /// The ceiling that binds.
    @Null public var ceiling: String?
    /// Speed as a multiple of the first provider's with as many threads, paired round by round.
    @Null public var ratio: Ratio?
    /// Speed as a multiple of the same provider's with the first number of threads.
    @Null public var scaling: Ratio?
    /// What a walk over a model's weights met; nil for other workloads.
    public var walk: Walk? = nil
    /// Whether the outputs were right; nil when none could be checked.
    @Null public var check: Check?
    /// How it ended.
    public var status: Status
    /// Why it was skipped or failed.
    @Null public var reason: String?
  }

  /// What one call does.
  public struct Work: Sendable, Equatable, Codable {
    /// Arithmetic operations.
    public var flop: Double
    /// Bytes moved at least.
    public var bytes: Double

    /// Memberwise.
    public init(flop: Double, bytes: Double) { (self.flop, self.bytes) = (flop, bytes) }
  }

  /// How much a second.
  public struct Rate: Sendable, Equatable, Codable {
    /// The figure.
    public var value: Double
    /// `FLOP/s`, `op/s`, `B/s` or `tok/s`.
    public var unit: String
  }

  /// A speed as a multiple of another.
  public struct Ratio: Sendable, Equatable, Codable {
    /// Median over the rounds.
    public var value: Double
    /// Its 95 % interval.
    public var ci95: [Double]
    /// What it is a multiple of: a provider, or a number of threads.
    public var against: String
  }

  /// How a row ended.
  public enum Status: String, Sendable, Codable {
    /// Measured and right.
    case ok
    /// Not measured, for the reason given.
    case skipped
    /// Wrong, crashed or hung.
    case failed
  }

  /// Whether any kernel left its tolerance.
  public var hasWrongAnswers: Bool { results.contains { $0.check?.passed == false } }

  /// Whether any kernel failed, wrong answers included.
  public var hasFailures: Bool { results.contains { $0.status == .failed } }
}
