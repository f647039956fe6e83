public import KernelAlgorithms
public import Kernels
import Measurement
import Models
import Statistics
import Tensors

/// Decoding as a walk over weights that lie somewhere: token by token, layer by layer, each matrix times a
/// vector, and attention over a real cache.
///
/// What is left out: norms, rotations and activations, some thousandths of the time. The vectors that go in
/// are random and stay the same: no token depends on another, and the router's choices are drawn.
public final class DecodeWalk {
  /// How it is walked.
  public struct Settings: Sendable {
    /// Tokens in the cache while each token is decoded.
    public var context: Int
    /// How keys and values are stored.
    public var cacheType: CellType
    /// Whether bytes are read and nothing is computed.
    public var touchOnly: Bool
    /// Exponent of Zipf's law of the experts' popularity; 0 makes all alike.
    public var skew: Double
    /// The seed of vectors, tokens and the router's choices.
    public var seed: UInt64

    /// Memberwise.
    public init(context: Int, cacheType: CellType, touchOnly: Bool, skew: Double, seed: UInt64) {
      (self.context, self.cacheType, self.touchOnly) = (context, cacheType, touchOnly)
      (self.skew, self.seed) = (skew, seed)
    }
  }

  /// What one token took.
  public struct Token: Sendable {
    /// Seconds in all.
    public var seconds: Double
    /// Seconds of each layer.
    public var layerSeconds: [Double]
    /// Bytes of weights that were read.
    public var weightBytes: Int
    /// Those of `weightBytes` that took part in no product.
    public var readOnlyBytes: Int
  }

  /// Where the bytes lie.
  public let layout: WalkLayout
  private let source: any WeightSource
  private let settings: Settings
  private let table: KernelTable
  private let pool: WorkerPool
  private let caches: WalkCaches?
  private let routers: [PopularChoices?]
  private var generator: SplitMix64
  private let multiply: StepProducts
  /// Sums of all words that were only read, so that reading them is not left out.
  public private(set) var checksum: UInt64 = 0
  /// Bytes of weights that were read of the token under way or the last one, and all that it reads.
  private(set) var walked = (bytes: 0, of: 0)

  /// A walk over `source`, which holds what `layout` says.
  ///
  /// Errors: `.refused` without memory for the cache. Cost: the cache is filled.
  public init(
    _ layout: WalkLayout, _ source: any WeightSource, _ settings: Settings, table: KernelTable,
    on pool: WorkerPool
  ) throws(SimulationError) {
    (self.layout, self.source, self.settings) = (layout, source, settings)
    (self.table, self.pool) = (table, pool)
    caches =
      settings.touchOnly
      ? nil
      : try WalkCaches(
        layout.shapes, context: settings.context, type: settings.cacheType, seed: settings.seed,
        table: table, on: pool)
    multiply = try StepProducts(layout, seed: settings.seed, table: table, on: pool)
    var generator = SplitMix64(seed: settings.seed)
    var routers: [PopularChoices?] = []
    for experts in layout.experts {
      routers.append(
        experts.map {
          PopularChoices(count: $0.count, skew: settings.skew, using: &generator)
        })
    }
    (self.routers, self.generator) = (routers, generator)
  }

  /// Decodes one token.
  ///
  /// - Parameter isInterrupted: asked before each step.
  /// Errors: `.interrupted`, those of the source, `.refused` without scratch memory.
  func token(isInterrupted: () -> Bool) throws(SimulationError) -> Token {
    let steps = nextSteps()
    let clock = MonotonicClock()
    var layers = [UInt64](repeating: 0, count: layout.layers)
    let start = clock.nanoseconds()
    var last = start
    walked = (0, steps.reduce(0) { $0 + $1.weightBytes })
    try source.begin(steps.map(\.bytes))
    for (index, step) in steps.enumerated() {
      guard !isInterrupted() else {
        throw SimulationError(.interrupted, "interrupted in the middle of a token")
      }
      try walk(step, try source.bytes(index))
      walked.bytes += step.weightBytes
      let now = clock.nanoseconds()
      if let layer = step.layer { layers[layer] += now - last }
      last = now
    }
    return Token(
      seconds: Double(last - start) * 1e-9, layerSeconds: layers.map { Double($0) * 1e-9 },
      weightBytes: walked.bytes,
      readOnlyBytes: steps.flatMap(\.parts).filter(\.rows.isEmpty).reduce(0) {
        $0 + $1.bytes.count
      })
  }

  /// The vector that goes into all products.
  var input: UnsafePointer<Float> { UnsafePointer(multiply.input.floats) }

  /// Where nothing is multiplied, so many stretches of bytes are compared.
  private static let comparedStretches = 8

  /// Decodes one token more, and holds results of each product against `check`; where bytes are read alone,
  /// those of some steps.
  func checked(
    by check: WalkCheck, _ isInterrupted: () -> Bool
  ) throws(SimulationError) -> WalkCheck.Outcome {
    var outcome = WalkCheck.Outcome()
    let steps = nextSteps()
    try source.begin(steps.map(\.bytes))
    for (index, step) in steps.enumerated() where outcome.failure == nil {
      guard !isInterrupted() else { break }
      let bytes = try source.bytes(index)
      try walk(step, bytes)
      guard !settings.touchOnly else {
        let isLooked = index % max(steps.count / Self.comparedStretches, 1) == 0
        if isLooked { try check.compare(step.bytes, bytes, into: &outcome) }
        continue
      }
      multiply.results(of: step, bytes) { check.compare($0, $1, $2, into: &outcome) }
    }
    return outcome
  }

  private func walk(_ step: WalkStep, _ bytes: UnsafeRawPointer) throws(SimulationError) {
    guard !settings.touchOnly else {
      checksum &+= table.read(bytes, bytes: step.bytes.count, on: pool)
      return
    }
    do throws(KernelError) {
      checksum &+= try multiply.run(step, bytes)
      if step.mixes, let layer = step.layer { try caches?.attend(layer: layer) }
    } catch { throw SimulationError(.refused, error.description) }
  }

  private func nextSteps() -> [WalkStep] {
    var experts: [[Int]] = []
    for (router, extents) in zip(routers, layout.experts) {
      experts.append(router?.draw(extents?.used ?? 0, using: &generator).sorted() ?? [])
    }
    return layout.steps(row: Int(generator.next() >> 40), experts: experts)
  }
}
