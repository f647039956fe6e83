import Capacity
import Hardware
import Harness
import Kernels
import Reports

/// `plimsoll check FILE --verify`: runs llama-bench on the file and holds what was predicted against it.
struct CheckVerification {
  private let bench: LlamaBench
  private let file: String
  private let settings: CheckSettings
  private let device: LlamaBench.Device

  /// Tokens that are written: the mean of some, at little cost.
  private static let generated = 32

  /// Tokens of the prompt that is read: an accelerator is not filled by fewer than a usual micro-batch.
  private var prompt: Int { device == .accelerator ? 512 : 128 }

  /// Errors: a question that llama-bench can't answer on this box, or no such program.
  init(_ check: Check, _ settings: CheckSettings) throws(Failure) {
    let isOnCard = check.box.map(Self.isCardOfThisBox) ?? false
    let reasons = [
      (!check.model.hasSuffix(".gguf"), "MODEL has to be a .gguf file"),
      (check.box != nil && !isOnCard, "--box names another box"),
      (settings.runtime != .llamaCpp, "--runtime has to be llama.cpp"),
      (check.quant != nil, "--quant stores the weights in another way than the file does"),
      (settings.batch > 1 || settings.boxes > 1, "llama-bench runs one sequence on one box"),
      (settings.training != nil, "llama-bench doesn't train"),
    ]
    if let reason = reasons.first(where: \.0)?.1 {
      throw Failure(.usage, "--verify runs llama-bench on a file on this box: \(reason)")
    }
    guard let bench = LlamaBench(searchPath: Environment.variables["PATH"] ?? "") else {
      throw Failure(
        .notFound,
        "there is no llama-bench on the PATH to verify with: build llama.cpp and add its bin "
          + "folder to the PATH, or leave out --verify")
    }
    (self.bench, file, self.settings) = (bench, check.model, settings)
    device = isOnCard ? .accelerator : .processors
  }

  /// Whether the catalogue's `box` is an accelerator that is in here.
  private static func isCardOfThisBox(_ box: String) -> Bool {
    guard let catalogue = try? BoxCatalogue.builtIn(), let asked = try? catalogue.find(box) else {
      return false
    }
    return Accelerator.found(searchPath: Environment.variables["PATH"] ?? "").contains {
      catalogue.entry(chip: $0.name, memory: $0.memory)?.id == asked.id
    }
  }

  /// Prediction and truth with an empty cache, and at the end of a context that was asked for.
  ///
  /// Errors: a model that would be read from disk, where llama-bench would go on for hours; those of running
  /// it.
  func run(
    _ assessment: Assessment, output: OutputOptions, predict: (CheckSettings) -> Assessment
  ) throws(Failure) -> Verification {
    guard assessment.verdict.isYes == true else {
      throw Failure(
        .no,
        "--verify runs models that fit; this one \(assessment.verdict.rawValue): see plimsoll check "
          + "\(file)")
    }
    var verification = Verification()
    var progress = Progress(isQuiet: output.quiet)
    defer { progress.finish() }
    Interruption.watch()
    for (index, task) in tasks.enumerated() {
      progress.show("llama-bench", share: Double(index) / Double(tasks.count))
      verification.commands.append(task.command)
      verification.rows += try rates(of: task).map { rate in
        row(rate, task, predict: predict)
      }
    }
    return verification
  }

  private var tasks: [LlamaBench.Task] {
    let empty = task(prompt: prompt, depth: 0)
    guard let context = settings.context, context > 2 * Self.generated else { return [empty] }
    return [empty, task(prompt: 0, depth: context - Self.generated)]
  }

  private func task(prompt: Int, depth: Int) -> LlamaBench.Task {
    LlamaBench.Task(
      file: file, prompt: prompt, generated: Self.generated, depth: depth,
      microBatch: settings.microBatch, cacheType: settings.cacheType.rawValue,
      flashAttention: settings.flashAttention, threads: WorkerPool.availableProcessors,
      device: device)
  }

  private func rates(of task: LlamaBench.Task) throws(Failure) -> [LlamaBench.Rate] {
    do throws(ProviderError) {
      return try bench.measure(task, isInterrupted: { Interruption.isPending })
    } catch { throw Failure(error) }
  }

  private func row(
    _ rate: LlamaBench.Rate, _ task: LlamaBench.Task, predict: (CheckSettings) -> Assessment
  ) -> Verification.Row {
    let isPrefill = rate.prompt > 0
    var asked = settings
    asked.context = max(rate.depth + (isPrefill ? rate.prompt : task.generated), 1)
    asked.depth = rate.depth + task.generated / 2
    let assessment = predict(asked)
    let predicted = isPrefill ? assessment.prefill : assessment.decode
    return Verification.Row(
      phase: isPrefill ? "prefill" : "decode", depth: rate.depth,
      predicted: predicted?.tokensPerSecond, measured: rate.tokensPerSecond)
  }
}
