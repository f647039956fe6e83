extension RunDocument {
  /// What a walk over a model's weights was bound to, and what its tokens met, in steady state.
  public struct Walk: Sendable, Equatable, Codable {
    /// Bytes of the weights that tokens read; a table of which a token reads one row is left out.
    public var weightsBytes: Int
    /// The memory that a control group left to all of it: weights, cache, buffers.
    public var budgetBytes: Int
    /// Layers that were walked.
    public var layersRun: Int
    /// Layers of the model.
    public var layersTotal: Int
    /// Seconds of the first token, which meets weights that nobody has touched; it is no sample.
    public var firstTouchSeconds: Double
    /// Bytes that a token had read from a disk, the median; nil where the system doesn't say.
    @Null public var diskReadBytes: Double?
    /// Page faults of a token that waited for a disk, the median.
    public var majorFaults: Double
    /// Page faults of a token that were served from memory, the median.
    public var minorFaults: Double
    /// The share, 0 to 1, of the weights that was in memory after the last sample; nil where nothing is mapped.
    @Null public var residentShare: Double?
    /// Tokens a second as they were predicted from the box's profile, before the walk; nil where nothing was.
    @Null public var predictedTokensPerSecond: Bounds?

    /// Two ends.
    public struct Bounds: Sendable, Equatable, Codable {
      /// Lower end.
      public var low: Double
      /// Upper end.
      public var high: Double

      /// Memberwise.
      public init(low: Double, high: Double) { (self.low, self.high) = (low, high) }
    }

    /// Memberwise, without a prediction.
    public init(
      weightsBytes: Int, budgetBytes: Int, layersRun: Int, layersTotal: Int,
      firstTouchSeconds: Double, diskReadBytes: Double?, majorFaults: Double, minorFaults: Double,
      residentShare: Double?
    ) {
      (self.weightsBytes, self.budgetBytes) = (weightsBytes, budgetBytes)
      (self.layersRun, self.layersTotal) = (layersRun, layersTotal)
      self.firstTouchSeconds = firstTouchSeconds
      self.diskReadBytes = diskReadBytes
      (self.majorFaults, self.minorFaults) = (majorFaults, minorFaults)
      self.residentShare = residentShare
    }

    /// The weights as a multiple of the memory.
    public var over: Double { Double(weightsBytes) / Double(budgetBytes) }
  }
}

extension RunDocument.Result {
  /// Whether what was predicted of a walk holds what was measured; nil without one of them.
  public var predictionHolds: Bool? {
    guard let bounds = walk?.predictedTokensPerSecond, let rate else { return nil }
    return (bounds.low...max(bounds.low, bounds.high)).contains(rate.value)
  }
}
