import ArgumentParser
import Kernels
import Models
import Reports
import Simulation

/// `plimsoll simulate MODEL`: decodes over weights of the model's real size.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Walks over weights of a model's real size as decoding does, and tells how fast.",
    discussion: """
      Weights are random and valid, in the model's own types and layout; a .gguf
      file without --quant is walked as it lies. Each matrix is multiplied by a
      vector, attention runs over a real cache, experts are drawn by a seeded
      router. The file has no name, so nothing stays behind, unless --keep is given.

      Backings: file (pages come from the disk) · anonymous (the process's own
      memory) · sparse (address space and page faults ALONE: no disk is read).
      Policies: normal, sequential, random, willneed, populate, hugepage, locked
      are what the kernel is told; readahead is a second thread of ours, one layer
      ahead; direct reads past the page cache into a ring of buffers.

      Examples:
        plimsoll simulate llama-3.2-1b --backing anonymous
        plimsoll simulate llama-3.2-1b --quant Q4_0 --touch-only
        plimsoll simulate llama-3.1-70b --layers 8 --policy readahead
        plimsoll simulate ./model.gguf --policy direct --format json
        plimsoll simulate llama-3.1-8b --budget 2GiB --policy readahead
        plimsoll simulate qwen3-0.6b --train lora --rank 16 --sequence 1024

      Exit codes: 0 done · 2 unknown architecture · 3 a kernel was wrong · 69 the box
      refused memory, disk or policy · 74 reading or writing failed · 130 interrupted.
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

  @Option(help: "Memory that the walk may hold, as 8GiB (default: what there is less a reserve).")
  var budget: String?

  @Option(help: "Memory to take away from the box first, as 16GiB: a smaller box is rehearsed.")
  var ballast: String?

  @OptionGroup(title: "Training") var training: TrainingOptions

  @Option(help: "Sequences of a training step that is rehearsed.")
  var batch: String = "1"

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
    Interruption.watch()
    let weight = try ballast.read { (text) throws(Failure) in try self.weight(text) }
    let budget = try readBudget()
    defer { withExtendedLifetime(weight) {} }
    if let training = try training.settings(batch: try count(batch, "--batch")) {
      return try rehearse(training, of: model, budget, measurement)
    }
    let settings = try settings(for: model, budget.bytes)
    let simulation = try prepared(model, settings, try measurement.table())
    let prediction = try prediction(of: simulation, measurement)
    let (group, refusal) = bound(budget)
    defer { group?.end() }
    let result = try walk(simulation, budget)
    let report = SimulateReport(
      result, of: model, prediction: prediction,
      bound: .init(isEnforced: group != nil, refusal: refusal))
    try output.write(try report.rendered(as: output.format, style: output.style))
    if result.wrongAnswer != nil { throw ExitCode.wrongAnswer }
    if result.isInterrupted { throw ExitCode.interrupted }
    if result.endedEarly != nil { throw ExitCode.refused }
  }

  /// Lays everything out, and says what would fit where not all of it does.
  private func prepared(
    _ model: Model, _ settings: SimulationSettings, _ table: KernelTable
  ) throws(Failure) -> Simulation {
    let pool = WorkerPool(threadCount: try threadCount())
    do throws(SimulationError) {
      let simulation = try Simulation(model, settings, table: table, on: pool)
      do throws(SimulationError) { try simulation.checkRoom() } catch {
        guard error.kind == .refused, let layers = simulation.layersThatFit() else { throw error }
        throw SimulationError(
          .refused,
          "\(error); this part fits: plimsoll simulate \(self.model) --layers \(layers) "
            + "--backing \(settings.backing.rawValue)")
      }
      return simulation
    } catch { throw Failure(error) }
  }

  private func walk(
    _ simulation: Simulation, _ budget: WalkBudget
  ) throws(Failure) -> SimulationResult {
    var progress = Progress(isQuiet: output.quiet)
    defer { progress.finish() }
    do throws(SimulationError) {
      let watchdog = try Watchdog(floor: budget.floor)
      return try simulation.run(
        isInterrupted: { Interruption.isPending }, reasonToEnd: { watchdog.reason },
        progress: { progress.show($0, share: $1) }, note: { output.note($0) })
    } catch {
      progress.finish()
      throw Failure(error)
    }
  }
}
