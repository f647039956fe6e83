import ArgumentParser
import Capacity
import Harness
import Kernels
import Models
import Reports
import Simulation
import Units

/// `plimsoll simulate MODEL`: decodes over weights of the model's real size.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Walks over weights of a model's real size as decoding does, and tells how fast.",
    discussion: """
      Weights are random and valid, in the model's own types and layout; a .gguf file without --quant
      is walked as it lies. Each matrix is multiplied by a vector, attention runs over a real cache,
      experts are drawn by a seeded router. The file has no name, so nothing stays behind, unless
      --keep is given.

      Backings: file (pages come from the disk) · anonymous (the process's own memory) · sparse
      (address space and page faults ALONE: no disk is read).
      Policies: normal, sequential, random, willneed, populate, hugepage, locked are what the kernel
      is told; readahead is a second thread of ours, one layer ahead; direct reads past the page cache
      into a ring of buffers.

      Examples:
        plimsoll simulate llama-3.2-1b --backing anonymous
        plimsoll simulate llama-3.2-1b --quant Q4_0 --touch-only
        plimsoll simulate llama-3.1-70b --layers 8 --policy readahead
        plimsoll simulate ./model.gguf --policy direct --format json

      Exit codes: 0 done · 2 unknown architecture · 3 a kernel was wrong · 69 the box refused memory,
      disk or policy · 74 reading or writing failed · 130 interrupted.
      """)

  @Argument(help: "A catalogue name, a model file or a folder.")
  var model: String

  @Option(help: "What lies behind the addresses: file, anonymous or sparse.")
  var backing: String = "file"

  @Option(
    help: """
      normal, sequential, random, willneed, populate, hugepage, locked, readahead or direct (default: \
      normal; for anonymous memory hugepage).
      """)
  var policy: String?

  @Option(help: "Tokens to decode, the first touch among them.")
  var tokens: String = "8"

  @Option(help: "Walk only the first so many layers and the output, and extrapolate.")
  var layers: String?

  @Option(help: "Store the weights as Q4_K_M, Q8_0, BF16, …")
  var quant: String?

  @Option(help: "Tokens in the cache while each one is decoded (default: 8k, or the model's own).")
  var context: String?

  @Option(help: "How keys and values are stored: f32, f16, bf16 or q8_0.")
  var kvType: String = "f16"

  @Option(help: "Memory that the walk may hold, as 8GiB (default: what is available less a reserve).")
  var budget: String?

  @Option(help: ArgumentHelp("Where the file is written (default: here).", valueName: "folder"))
  var directory: String?

  @Flag(help: "Keep the file of weights for the next time.")
  var keep = false

  @Flag(help: "Read every byte and compute nothing: tells memory from arithmetic.")
  var touchOnly = false

  @Option(help: "Number of threads (default: all processors).")
  var threads: String?

  @Option(help: "The seed of weights and of the router.")
  var seed: UInt64 = 1

  @Option(help: "Exponent of Zipf's law of the experts' popularity; 0: all alike.")
  var skew: Double = 1

  @OptionGroup var output: OutputOptions

  func run() throws {
    let measurement = BoxMeasurement(output: output)
    let model = try readModel()
    let settings = try settings(for: model, available: try measurement.availableMemory().available)
    let pool = WorkerPool(threadCount: try threadCount())
    let prediction = try prediction(of: model, settings, measurement)
    Interruption.watch()
    let result = try simulate(model, settings, try measurement.table(), pool)
    let report = SimulateReport(result, of: model, prediction: prediction)
    try output.write(try report.rendered(as: output.format, style: output.style))
    if result.wrongAnswer != nil { throw ExitCode.wrongAnswer }
    if result.isInterrupted { throw ExitCode.interrupted }
    if result.endedEarly != nil { throw ExitCode.refused }
  }

  private func simulate(
    _ model: Model, _ settings: SimulationSettings, _ table: KernelTable, _ pool: WorkerPool
  ) throws(Failure) -> SimulationResult {
    var progress = Progress(isQuiet: output.quiet)
    defer { progress.finish() }
    do throws(SimulationError) {
      let simulation = try Simulation(model, settings, table: table, on: pool)
      return try simulation.run(
        isInterrupted: { Interruption.isPending }, progress: { progress.show($0, share: $1) })
    } catch {
      progress.finish()
      throw Failure(error)
    }
  }

  private func readModel() throws(Failure) -> Model {
    do throws(ModelError) {
      let quantisation = try quant.read { (name) throws(ModelError) in
        try Quantisation(parsing: name)
      }
      let model = try ModelReader.read(model, quantisation: quantisation)
      guard !model.geometry.layers.isEmpty else {
        throw ModelError(
          .unsupported,
          "the architecture '\(model.geometry.architecture)' is unknown here, so the order in which "
            + "it reads its weights is too")
      }
      return model
    } catch {
      if error.kind == .unsupported { throw Failure(.cannotSay, error.description) }
      throw Failure(error)
    }
  }

  private func settings(
    for model: Model, available: Bytes
  ) throws(Failure) -> SimulationSettings {
    let backing: Backing = try choice(backing, "--backing")
    let policy: Policy =
      try policy.read { (text) throws(Failure) in try choice(text, "--policy") }
      ?? (backing == .anonymous ? .hugepage : .normal)
    guard policy != .direct || backing == .file else {
      throw Failure(.usage, "--policy direct reads a file: use --backing file")
    }
    guard skew.isFinite, (0...8).contains(skew) else {
      throw Failure(.usage, "--skew \(skew): expected a number from 0 to 8")
    }
    let longest = model.geometry.contextLength ?? CheckSettings.defaultContext
    let context = try context.read { (text) throws(Failure) in try count(text, "--context") }
    let budget = try budget.read { (text) throws(Failure) in
      try quantity("--budget") { () throws(UnitsError) in try Bytes(parsing: text) }
    }
    return SimulationSettings(
      backing: backing, policy: policy, tokens: min(try count(tokens, "--tokens"), 1 << 20),
      layers: try layers.read { (text) throws(Failure) in try count(text, "--layers") },
      walk: DecodeWalk.Settings(
        context: context ?? min(CheckSettings.defaultContext, max(longest, 1)),
        cacheType: try choice(kvType, "--kv-type"),
        touchOnly: touchOnly || backing == .sparse, skew: skew, seed: seed),
      directory: directory ?? Environment.workingFolder, keep: keep,
      asItLies: quant == nil && backing == .file && model.isGGUF,
      budget: budget ?? available)
  }

  private func threadCount() throws(Failure) -> Int {
    let count = try threads.read { (text) throws(Failure) in try count(text, "--threads") }
    guard let count else { return WorkerPool.availableProcessors }
    guard count <= 4096 else { throw Failure(.usage, "--threads \(count): expected at most 4096") }
    return count
  }

  /// What `check` says of the same: of memory that holds all weights where the walk's does.
  private func prediction(
    of model: Model, _ settings: SimulationSettings, _ measurement: BoxMeasurement
  ) throws(Failure) -> SimulatePrediction {
    let box = try Box(
      try measurement.profile(fresh: false), available: settings.budget, age: "before")
    let part = Bytes(
      model.weightBytes / model.geometry.layers.count
        * (settings.layers ?? model.geometry.layers.count))
    let isResident = settings.backing == .anonymous || part < settings.budget
    let question = CheckSettings(
      context: settings.walk.context,
      cacheType: CacheType(rawValue: settings.walk.cacheType.rawValue) ?? .f16, runtime: .plimsoll,
      memory: isResident ? Bytes(1 << 60) : settings.budget)
    let assessment = Capacity.assess(model: model, box: box, settings: question)
    return SimulatePrediction(
      decode: assessment.decode, readBandwidth: box.readBandwidth, diskRead: box.diskRead)
  }
}

extension Model {
  /// Whether it was read from GGUF files.
  fileprivate var isGGUF: Bool {
    if case .files(let paths) = origin { paths.allSatisfy { $0.hasSuffix(".gguf") } } else { false }
  }

  /// Bytes of all tensors; sizes were checked when the model was read.
  fileprivate var weightBytes: Int {
    tensors.reduce(0) { sum, tensor in
      let (total, overflow) = sum.addingReportingOverflow(tensor.bytes)
      return overflow ? .max : total
    }
  }
}

extension Failure {
  /// The failure that a walk which could not be made means.
  init(_ error: SimulationError) {
    let code: ExitCode =
      switch error.kind {
      case .usage: .usage
      case .malformed: .malformed
      case .notFound: .notFound
      case .refused: .refused
      case .inputOutput: .inputOutput
      case .interrupted: .interrupted
      case .wrongAnswer: .wrongAnswer
      }
    self.init(code, error.description)
  }
}
