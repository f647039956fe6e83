import Capacity
import Harness
import KernelAlgorithms
import Kernels
import Models
import Simulation
import Statistics
import Tensors
import Units

/// Decoding over a model's weights in a file that is larger, or smaller, than the memory it may have: what
/// `plimsoll simulate` runs, as rows.
public struct ModelWalk: Workload {
  /// Cost of a sample, one token: all weights that it reads, and 2 FLOP for each of them that is multiplied.
  /// Weights that stay in memory meet read bandwidth; with a disk in between no ceiling of the same rounds is
  /// above it, and the prediction from the profile is what a row is held against.
  public func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let row = try WalkRow(parameters)
    let simulation = try row.simulation(seed: 0, table: .best, on: WorkerPool(threadCount: 1))
    let bytes = Double(simulation.layout.bytesPerToken)
    let budget = row.budget(of: simulation.layout)
    return CostCard(
      flop: row.isTouch ? 0 : 2 * simulation.layout.multiplyAddsPerToken, bytes: bytes,
      footprint: budget.count,
      limits: simulation.staysInMemory == true ? [(.readBandwidth, bytes)] : [],
      output: .init(count: 1, unit: "tok/s"))
  }

  /// `walk`
  public let name = "walk"
  /// What it is.
  public let summary =
    "decoding over a file of a model's weights, larger or smaller than its memory, as simulate does"
  /// The model, how much of it, and how much memory for it.
  public let axes: [Axis] = [
    Axis("model", "a catalogue name, a model file or a folder: its shapes", .file, usual: []),
    Axis(
      "quant", "how the weights are stored", .choice(Quantisation.all.map(\.name)),
      usual: [.word("Q4_K_M")]),
    Axis(
      "layers", "the first so many layers and the output; 0: all", .count(0...100_000),
      usual: [.count(0)]),
    Axis(
      "over", "weights that are read as a multiple of the memory of the walk",
      .number(0.001...1000), usual: [.number(0.5), .number(2)]),
    Axis(
      "policy", "how pages come into memory", .choice(Policy.allCases.map(\.rawValue)),
      usual: [.word(Policy.normal.rawValue)]),
    Axis(
      "kind", "decode, or touch: read and compute nothing", .choice(WalkRow.kinds),
      usual: [.word(WalkRow.kinds[0])]),
    Axis(
      "context", "tokens in the cache while each is decoded", .count(1...1 << 24),
      usual: [.count(1024)]),
  ]

  /// The workload.
  public init() {}

  /// Asks nobody whether to go on.
  public func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    try prepared(parameters, seed: seed, isInterrupted: { false })
  }

  /// The file is written when the first kernel is made ready, once for all rows of one model, part and
  /// seed; each row has a control group of its own, and ends in a skip where none can be made.
  public func prepared(
    _ parameters: Parameters, seed: UInt64, isInterrupted: @escaping () -> Bool
  ) throws(WorkloadError) -> PreparedWorkload {
    let session = RowOfWalks(try WalkRow(parameters), seed: seed, isInterrupted: isInterrupted)
    // The output says whose results are to be checked.
    let size = MemoryLayout<Int>.size
    let request = KernelRequest(inputs: [], outputByteCounts: [size], foreignCall: nil) {
      (table, pool, outputs) throws(ProviderError) in
      let threads = pool.threadCount
      try session.begin(table, pool)
      outputs[0].baseAddress.storeBytes(of: threads, as: Int.self)
      return { () throws(KernelError) in
        do throws(SimulationError) { try session.token(threads: threads) } catch {
          throw KernelError(description: error.description)
        }
      }
    }
    return PreparedWorkload(
      request: request, walk: { session.facts(threads: $0, samples: $1) },
      check: { session.check(threads: $0[0].baseAddress.load(as: Int.self)) })
  }

  /// What a row is predicted to reach, from what was measured of `box` before, in tokens a second of the part
  /// that is walked; nil for rows of other workloads, where nothing is decoded, and where nothing can be said.
  ///
  /// Errors: those of reading the model.
  public static func prediction(
    of row: Row, on box: Box, table: KernelTable
  ) throws(WorkloadError) -> Estimate? {
    guard row.workload is ModelWalk else { return nil }
    let walk = try WalkRow(row.parameters)
    let pool = WorkerPool(threadCount: 1)
    return try walk.simulation(seed: 0, table: table, on: pool).predictedPart(on: box)?
      .tokensPerSecond
  }
}

/// The parameters of a walk's row.
struct WalkRow {
  /// decode, touch
  static let kinds = ["decode", "touch"]

  let model: Model
  let layers: Int?
  let over: Double
  let policy: Policy
  let isTouch: Bool
  let context: Int

  /// Errors: those of reading the model.
  init(_ parameters: Parameters) throws(WorkloadError) {
    do throws(ModelError) {
      model = try ModelReader.read(
        parameters.word("model"), quantisation: try Quantisation(parsing: parameters.word("quant")))
    } catch { throw WorkloadError(error) }
    let layers = parameters.count("layers")
    self.layers = layers == 0 ? nil : layers
    over = parameters.number("over")
    policy = Policy(rawValue: parameters.word("policy")) ?? .normal
    isTouch = parameters.word("kind") == Self.kinds[1]
    context = parameters.count("context")
  }

  /// The memory of the walk: weights, cache and buffers.
  func budget(of layout: WalkLayout) -> Bytes {
    Bytes(Int((Double(layout.walkedBytes) / max(over, 0.001)).rounded(.up)))
  }

  /// What is walked, within its budget.
  ///
  /// Errors: `.usage` for more layers than there are; `.malformed` for an architecture that nobody knows.
  func simulation(
    seed: UInt64, table: KernelTable, on pool: WorkerPool
  ) throws(WorkloadError) -> Simulation {
    var settings = SimulationSettings(
      backing: .file, policy: policy, tokens: 1, layers: layers,
      walk: .init(context: context, cacheType: .f16, touchOnly: isTouch, skew: 1, seed: seed),
      directory: ".", keep: false, asItLies: false, budget: .zero)
    do throws(SimulationError) {
      settings.budget = budget(of: try WalkLayout(model, layers: layers, table: table))
      return try Simulation(model, settings, table: table, on: pool)
    } catch { throw WorkloadError(error) }
  }
}

extension WorkloadError {
  /// What a walk that can't be made means for a row.
  init(_ error: SimulationError) {
    let kind: Kind =
      switch error.kind {
      case .usage: .usage
      case .malformed, .wrongAnswer: .malformed
      case .notFound: .notFound
      case .refused, .interrupted: .refused
      case .inputOutput: .unreadable
      }
    self.init(kind, error.description)
  }
}
