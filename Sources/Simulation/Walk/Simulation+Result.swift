import Kernels
import Models
import Statistics
import Units

/// The tokens of a walk, as they come.
struct WalkTokens {
  private(set) var all: [DecodeWalk.Token] = []
  private(set) var evidence: [TokenEvidence] = []
  var check = WalkCheck.Outcome()
  var unfinished: SimulationResult.Unfinished?
  var residentSampling: Int?

  mutating func append(_ token: DecodeWalk.Token, _ evidence: TokenEvidence) {
    all.append(token)
    self.evidence.append(evidence)
  }

  /// Those after the first one, or that one where there is no other.
  var steady: ArraySlice<DecodeWalk.Token> { all.count > 1 ? all.dropFirst() : all[...] }
}

extension Simulation {
  func result(
    _ tokens: WalkTokens, setup: Double, _ failure: SimulationError?
  ) -> SimulationResult {
    func median(_ value: (DecodeWalk.Token) -> Double) -> Double {
      Sample(tokens.steady.map(value)).median ?? 0
    }
    let (weights, seconds) = (median { Double($0.weightBytes) }, median(\.seconds))
    let rate = WalkRate(
      seconds: tokens.steady.map(\.seconds), layerSeconds: tokens.steady.map(\.layerSeconds),
      layerBytes: layout.shapes.indices.map { layout.bytesRead(layer: $0) + cacheBytes($0) },
      missing: missing)
    return SimulationResult(
      settings: settings, layout: settings.asItLies ? .blocks : .panels,
      weights: Bytes(layout.tensors.reduce(0) { $0 + $1.byteCount }), layersRun: layout.layers,
      layersTotal: layout.layersTotal, weightsPerToken: Bytes(Int(weights)),
      cachePerToken: Bytes(cacheBytes.read), cache: Bytes(cacheBytes.kept),
      readOnlyPerToken: Bytes(Int(median { Double($0.readOnlyBytes) })), setupSeconds: setup,
      tokens: tokens.evidence, unfinished: tokens.unfinished,
      residentSampling: tokens.residentSampling, tokensPerSecond: rate.tokensPerSecond,
      readBandwidth: seconds > 0 ? (weights + Double(cacheBytes.read)) / seconds : nil,
      peakResident: ProcessMemory()?.peak, checkedResults: tokens.check.compared,
      worstError: tokens.check.worst, wrongAnswer: tokens.check.failure,
      endedEarly: failure?.description, isInterrupted: failure?.kind == .interrupted)
  }

  private func cacheBytes(_ layer: Int) -> Int {
    guard !settings.walk.touchOnly else { return 0 }
    return layout.shapes[layer].mixer.cacheBytes(
      context: settings.walk.context, type: settings.walk.cacheType
    ).read
  }

  /// What a token would read in the layers of `model` that `layout` leaves out.
  static func missing(
    from layout: WalkLayout, of model: Model, _ walk: DecodeWalk.Settings, _ table: KernelTable
  ) throws(SimulationError) -> (bytes: Int, layers: Int) {
    guard layout.layers < layout.layersTotal else { return (0, 0) }
    let whole = try WalkLayout(model, table: table)
    let others = layout.layers..<layout.layersTotal
    let bytes = others.reduce(0) { sum, layer in
      let mixer = whole.shapes[layer].mixer
      let cache = mixer.cacheBytes(context: walk.context, type: walk.cacheType).read
      return sum + whole.bytesRead(layer: layer) + (walk.touchOnly ? 0 : cache)
    }
    return (bytes, others.count)
  }
}
