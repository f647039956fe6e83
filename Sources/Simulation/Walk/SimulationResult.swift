public import Statistics
public import Units

/// What a simulated decode came to.
public struct SimulationResult: Sendable {
  /// What was asked.
  public var settings: SimulationSettings
  /// How the weights lie: `panels`, or `blocks` that are repacked while they are walked over.
  public var layout: WalkTensor.Form
  /// Bytes of weights that were laid out or found.
  public var weights: Bytes
  /// Layers that were walked.
  public var layersRun: Int
  /// Layers of the model.
  public var layersTotal: Int
  /// Bytes of weights that a token read, in the middle.
  public var weightsPerToken: Bytes
  /// Bytes of the cache that a token read.
  public var cachePerToken: Bytes
  /// Bytes that the cache takes.
  public var cache: Bytes
  /// Those of `weightsPerToken` that took part in no product: vectors, types without kernels.
  public var readOnlyPerToken: Bytes
  /// Seconds that it took until the first token: writing, filling, mapping.
  public var setupSeconds: Double
  /// What each token took and did; the first one meets weights that nobody has touched.
  public var tokens: [TokenEvidence]
  /// What is known of a token that was given up: there is one where the walk ended early.
  public var unfinished: Unfinished?
  /// Of how many stretches of the weights one was looked at for `residentShare`; nil where none was.
  public var residentSampling: Int?
  /// Tokens a second in steady state; of the whole model where a part was walked. Nil where nothing
  /// was decoded.
  public var tokensPerSecond: Estimate?
  /// Bytes a second, of weights and cache, in steady state.
  public var readBandwidth: Double?
  /// The most that the process had in memory; nil where the system doesn't say.
  public var peakResident: Bytes?
  /// How many results were held against Double arithmetic.
  public var checkedResults: Int
  /// The largest error as a share of what is allowed.
  public var worstError: Double
  /// What was wrong first; nil where nothing was.
  public var wrongAnswer: String?
  /// Why the walk ended before its last token; nil where it didn't.
  public var endedEarly: String?
  /// Whether a person asked for that.
  public var isInterrupted: Bool

  /// A token that was given up.
  public struct Unfinished: Sendable, Equatable {
    /// What it took and did so far.
    public var evidence: TokenEvidence
    /// Bytes of weights that were read so far.
    public var weightBytes: Bytes
    /// Bytes of weights that it would have read.
    public var ofBytes: Bytes
  }

  /// Whether the rate is that of more layers than were walked.
  public var isExtrapolated: Bool { layersRun < layersTotal }
  /// The tokens after the first one, or that one where there is no other.
  public var steady: ArraySlice<TokenEvidence> {
    tokens.count > 1 ? tokens.dropFirst() : tokens[...]
  }
}
