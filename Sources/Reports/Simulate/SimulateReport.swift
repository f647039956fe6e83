public import Capacity
import Harness
public import Models
public import Simulation
public import Statistics
import Units

/// What `check` says of the same model on the same box, to stand beside what was measured.
public struct SimulatePrediction: Sendable {
  /// Tokens a second; nil where nothing can be said.
  public var decode: RateEstimate?
  /// What the box reads from memory at most, in bytes a second.
  public var readBandwidth: Estimate
  /// What it reads from its disk; nil where it is not known.
  public var diskRead: Estimate?

  /// Memberwise.
  public init(decode: RateEstimate?, readBandwidth: Estimate, diskRead: Estimate?) {
    (self.decode, self.readBandwidth, self.diskRead) = (decode, readBandwidth, diskRead)
  }
}

/// Whether a control group held the walk to its budget.
public struct SimulateBound: Sendable {
  /// Whether one did.
  public var isEnforced: Bool
  /// Why none did, where one was asked for.
  public var refusal: String?

  /// Memberwise.
  public init(isEnforced: Bool, refusal: String?) {
    (self.isEnforced, self.refusal) = (isEnforced, refusal)
  }
}

/// A simulated decode in every format.
public struct SimulateReport: Sendable {
  let model: Model
  let result: SimulationResult
  let prediction: SimulatePrediction
  let bound: SimulateBound

  /// A report of `result`.
  public init(
    _ result: SimulationResult, of model: Model, prediction: SimulatePrediction,
    bound: SimulateBound
  ) {
    (self.result, self.model) = (result, model)
    (self.prediction, self.bound) = (prediction, bound)
  }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text: text(style)
    case .json: try JSON.text(SimulateDocument(self))
    case .markdown:
      "## \(heading.joined(separator: ", "))\n\n\(lines.joined(separator: "  \n"))\n"
        + (result.tokens.isEmpty ? "" : "\n" + tokenTable.markdown)
    case .csv: csvTable.csv
    }
  }

  /// What reading came from, mostly: memory or the disk.
  var isStreaming: Bool {
    let read = Sample(result.steady.compactMap { $0.diskReadBytes.map(Double.init) }).median ?? 0
    return 2 * read > Double(result.weightsPerToken.count)
  }

  /// The ceiling that the achieved rate is held against; nil where nothing was read, or nothing is known.
  var ceiling: (name: String, value: Estimate)? {
    guard result.settings.backing != .sparse else { return nil }
    guard isStreaming else { return ("read_bandwidth", prediction.readBandwidth) }
    return prediction.diskRead.map { ("disk_read", $0) }
  }

  /// The achieved rate as a share of the ceiling.
  var share: Double? {
    guard let rate = result.readBandwidth, let ceiling = ceiling?.value.value, ceiling > 0 else {
      return nil
    }
    return rate / ceiling
  }

  /// What was predicted, where arithmetic was done on real bytes: nothing else is decoding.
  var predicted: Estimate? {
    let settings = result.settings
    guard !settings.walk.touchOnly, settings.backing != .sparse else { return nil }
    return prediction.decode?.tokensPerSecond
  }

  /// Whether the prediction's range holds the median; nil without one of them.
  var brackets: Bool? {
    predicted.flatMap { predicted in
      result.tokensPerSecond.map { (predicted.low...predicted.high).contains($0.value) }
    }
  }
}
