public import Kernels
import Measurement
public import Models
import Tensors
import Units

/// `plimsoll simulate`: weights of a model's size and layout, and decoding over them.
public struct Simulation {
  /// The model, stored as it is to be walked.
  public let model: Model
  /// What is asked.
  public let settings: SimulationSettings
  /// Where its tensors lie.
  public let layout: WalkLayout
  private let table: KernelTable
  private let pool: WorkerPool
  /// The files of a model that is walked as it lies.
  private let files: WalkFile?
  /// What a token would read in the layers that are left out, and how many they are.
  let missing: (bytes: Int, layers: Int)

  /// Works out where everything lies; a model's own files are opened.
  ///
  /// Errors: those of the layout and of opening files.
  public init(
    _ model: Model, _ settings: SimulationSettings, table: KernelTable, on pool: WorkerPool
  ) throws(SimulationError) {
    (self.model, self.table, self.pool) = (model, table, pool)
    self.settings = settings
    guard settings.asItLies, case .files(let paths) = model.origin, let first = paths.first else {
      files = nil
      layout = try WalkLayout(model, layers: settings.layers, table: table)
      missing = try Self.missing(from: layout, of: model, settings.walk, table)
      return
    }
    let files = try WalkFile(opening: paths)
    let places: [String: GGUFDecoder.StoredTensor]
    do throws(ModelError) { places = try GGUFFile.places(path: first) } catch {
      throw SimulationError(.malformed, error.description)
    }
    let starts = zip(paths, files.parts).map { ($0, $1.range.lowerBound) }
    layout = try WalkLayout(
      model, places: places, starts: Dictionary(starts) { first, _ in first },
      layers: settings.layers, table: table)
    self.files = files
    missing = try Self.missing(from: layout, of: model, settings.walk, table)
  }

  /// The instruction set, which panels depend on.
  public var instructionSet: String { table.instructionSet.rawValue }

  /// Bytes of memory that the walk can't do without: the cache, buffers, and weights that are in
  /// memory by choice.
  public var memoryNeeded: Bytes {
    let isHeld = settings.backing == .anonymous || settings.policy == .locked
    return Bytes((isHeld ? layout.byteCount : 0) + cacheBytes.kept + Self.scratch)
  }

  /// Buffers, random units that weights are compared with, page tables: at most.
  static let scratch = 192 << 20

  /// Bytes that are written to a disk; none where weights lie elsewhere.
  public var diskNeeded: Bytes {
    Bytes(settings.backing == .file && files == nil ? layout.byteCount : 0)
  }

  /// Makes sure that memory and disk hold what the walk needs of them.
  ///
  /// - Parameter isWritten: whether the file of weights is there already.
  /// Errors: `.refused` with how much is missing.
  public func checkRoom(isWritten: Bool = false) throws(SimulationError) {
    guard memoryNeeded <= settings.budget else {
      throw SimulationError(
        .refused,
        "the walk needs \(memoryNeeded) of memory for cache, buffers and weights that are to stay in it, "
          + "and its budget is \(settings.budget): \(memoryNeeded - settings.budget) are missing")
    }
    if diskNeeded > .zero, !settings.keep, !isWritten {
      try DiskSpace(folder: settings.directory).check(diskNeeded.count, reserve: nil)
    }
  }

  /// The most layers for which there is room; nil where not even one has it.
  public func layersThatFit() -> Int? {
    var (fits, fails) = (0, layout.layers)
    while fails - fits > 1 {
      let middle = (fits + fails) / 2
      var smaller = settings
      smaller.layers = middle
      do throws(SimulationError) {
        try Simulation(model, smaller, table: table, on: pool).checkRoom()
        fits = middle
      } catch { fails = middle }
    }
    return fits > 0 ? fits : nil
  }

  /// Lays out the weights and decodes.
  ///
  /// - Parameters:
  ///   - reasonToEnd: asked before each step: nil, or why the walk has to end.
  ///   - progress: told what is under way, and the share of it that is done.
  ///   - note: told what a person should know of, in a sentence.
  /// Errors: before the first token is begun, and of reading it; later ones end the walk and stand in the
  /// result.
  public func run(
    isInterrupted: () -> Bool, reasonToEnd: () -> String? = { nil },
    progress: (String, Double) -> Void = { _, _ in }, note: (String) -> Void = { _ in }
  ) throws(SimulationError) -> SimulationResult {
    try checkRoom()
    let session = try session(isInterrupted: isInterrupted, progress: progress, note: note)
    defer { session.end() }
    var tokens = WalkTokens()
    var failure: SimulationError?
    do throws(SimulationError) {
      try decode(session, &tokens, isInterrupted, reasonToEnd, progress)
    } catch {
      guard !tokens.evidence.isEmpty || tokens.unfinished != nil else { throw error }
      failure = error
    }
    return result(tokens, setup: session.setupSeconds, failure)
  }

  /// Lays out the weights and fills the cache; nothing is decoded yet.
  ///
  /// - Parameter file: the file of these weights where it was written before (`weightsFile`).
  /// Errors: those of writing, filling and mapping, and of what the system refuses.
  public func session(
    on file: WalkFile? = nil, isInterrupted: () -> Bool = { false },
    progress: (String, Double) -> Void = { _, _ in }, note: (String) -> Void = { _ in }
  ) throws(SimulationError) -> WalkSession {
    let clock = MonotonicClock()
    let start = clock.nanoseconds()
    let weights =
      files == nil && settings.backing != .sparse
      ? try RandomWeights(layout, seed: settings.walk.seed, table: table) : nil
    let source = try source(weights, file, isInterrupted, progress, note)
    do throws(SimulationError) {
      let walk = try DecodeWalk(layout, source, settings.walk, table: table, on: pool)
      return WalkSession(
        walk, source, weights, setupSeconds: Double(clock.nanoseconds() - start) * 1e-9)
    } catch {
      source.end()
      throw error
    }
  }

  /// The file of the weights, written now: for several sessions over the same model, layers and seed.
  ///
  /// Errors: those of `WalkFile`.
  public func weightsFile(
    isInterrupted: () -> Bool = { false }, progress: (String, Double) -> Void = { _, _ in },
    note: (String) -> Void = { _ in }
  ) throws(SimulationError) -> WalkFile {
    try file(
      try RandomWeights(layout, seed: settings.walk.seed, table: table), isInterrupted, progress,
      note)
  }

  private func decode(
    _ session: WalkSession, _ tokens: inout WalkTokens, _ isInterrupted: () -> Bool,
    _ reasonToEnd: () -> String?, _ progress: (String, Double) -> Void
  ) throws(SimulationError) {
    var reason: String?
    tokens.residentSampling = session.residentSampling
    for index in 0..<settings.tokens {
      progress("decoding", Double(index) / Double(settings.tokens))
      do throws(SimulationError) {
        var (token, evidence) = try session.token {
          reason = reasonToEnd()
          return reason != nil || isInterrupted()
        }
        evidence.residentShare = session.residentShare
        tokens.append(token, evidence)
      } catch {
        if reason != nil || error.kind == .interrupted { tokens.unfinished = session.unfinished }
        throw reason.map { SimulationError(.refused, $0) } ?? error
      }
    }
    guard !settings.walk.touchOnly, settings.backing != .sparse else { return }
    tokens.check = try session.check(isInterrupted: isInterrupted)
  }

  /// Bytes of the cache that a token reads, and that it takes.
  var cacheBytes: (read: Int, kept: Int) {
    guard !settings.walk.touchOnly else { return (0, 0) }
    return layout.shapes.reduce((0, 0)) { sum, shape in
      let bytes = shape.mixer.cacheBytes(
        context: settings.walk.context, type: settings.walk.cacheType)
      return (sum.0 + bytes.read, sum.1 + bytes.kept)
    }
  }

  private func source(
    _ weights: RandomWeights?, _ written: WalkFile?, _ isInterrupted: () -> Bool,
    _ progress: (String, Double) -> Void, _ note: (String) -> Void
  ) throws(SimulationError) -> any WeightSource {
    // A layer, but never so much that what was read ahead drives out what comes before it.
    let ahead = min(
      layout.body.indices.map(layout.bytesRead).max() ?? 0, settings.budget.count / 4)
    let policy = settings.policy
    switch settings.backing {
    case .sparse:
      return try MappedWeights(sparse: layout.byteCount, policy: policy, ahead: ahead)
    case .anonymous:
      return try MappedWeights(
        anonymous: layout.byteCount, policy: policy, ahead: ahead, isInterrupted: isInterrupted,
        progress: { progress("filling memory with weights", $0) },
        fill: { weights?.fill($0, $1) })
    case .file:
      let file =
        if let written { written } else { try file(weights, isInterrupted, progress, note) }
      file.evict()
      guard policy == .direct else {
        return try MappedWeights(file, policy: policy, ahead: ahead)
      }
      return try DirectRing(file, longest: WalkLayout.longestStep)
    }
  }

  private func file(
    _ weights: RandomWeights?, _ isInterrupted: () -> Bool, _ progress: (String, Double) -> Void,
    _ note: (String) -> Void
  ) throws(SimulationError) -> WalkFile {
    if let files { return files }
    let show = { progress("writing the file of weights", $0) }
    let fill: WalkFile.Fill = { weights?.fill($0, $1) }
    guard settings.keep else {
      return try WalkFile(
        writing: layout.byteCount, in: settings.directory, isInterrupted: isInterrupted,
        progress: show, fill: fill)
    }
    return try WalkFile(
      keeping: keptName, layout.byteCount, in: settings.directory, isInterrupted: isInterrupted,
      progress: show, note: note, fill: fill)
  }

  /// Says all that the bytes of a file depend on.
  private var keptName: String {
    let parts = [
      model.name, model.quantisation, "\(layout.layers)", table.instructionSet.rawValue,
      "\(settings.walk.seed)",
    ]
    return String(
      parts.joined(separator: "-").map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
  }
}
