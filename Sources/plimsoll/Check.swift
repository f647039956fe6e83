import ArgumentParser
import Capacity
import Harness
import Models
import Reports
import Units

/// `plimsoll check MODEL`: can this box carry it, and how fast?
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Can a box carry a model, how much of what goes where, and how fast would it go?",
    discussion: """
      MODEL is a catalogue name (plimsoll list models), a .gguf file (any part of a split one), a
      safetensors file or folder, or a config.json. Only headers are read.

      Examples:
        plimsoll check llama-3.1-70b
        plimsoll check qwen3-30b-a3b --quant Q8_0 --context 32k
        plimsoll check ./model.gguf --memory 16GiB --format json
        plimsoll check llama-3.1-70b --box dgx-spark --train qlora
        plimsoll check ./model.gguf --verify
        plimsoll check ./model.gguf --verify --box h100-80gb   (a card that is in this box)
        plimsoll check llama-3.1-8b --box rtx-4090 --train full --trainer torchtune \
          --optimizer paged-adamw-8bit

      Exit codes: 0 it fits (also tightly) · 1 it doesn't (also: streams from disk) · 2 can't say.
      """)

  @Argument(help: "A catalogue name, a model file or a folder.")
  var model: String

  @Option(help: "A box of the catalogue, or a file of one (default: this box, measured).")
  var box: String?

  @Option(help: "Store the weights as Q4_K_M, Q8_0, BF16, …")
  var quant: String?

  @Option(help: "Tokens of context for each sequence, as 8192 or 32k (default: 8k at most).")
  var context: String?

  @Option(help: "Sequences decoded side by side.")
  var batch: String = "1"

  @Option(help: "Prompt tokens worked on at once.")
  var microBatch: String = "512"

  @Option(help: "How keys and values are stored: f32, f16, bf16, q8_0, q4_0 or fp8.")
  var kvType: String = "f16"

  @Option(help: "Which program runs the model: llama.cpp, vllm or plimsoll.")
  var runtime: String = "llama.cpp"

  @Option(help: "Whether attention runs without holding its scores: on or off.")
  var flashAttention: String = "on"

  @Option(help: "An absolute budget, as 16GiB (default: what the box has available).")
  var memory: String?

  @OptionGroup(title: "Training") var training: TrainingOptions

  @Option(help: "Equal boxes that the layers are split over.")
  var boxes: String = "1"

  @Option(help: "The link between them, as 25GB/s or 200Gb/s.")
  var link: String?

  @Flag(help: "Measure this box again instead of using its stored profile.")
  var fresh = false

  @Flag(help: "Run llama-bench (on the PATH) on the file, and hold the prediction against it.")
  var verify = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let settings = try settings()
    let plan = verify ? try CheckVerification(self, settings) : nil
    let (model, candidates) = try models()
    let (box, profiles) = (try resolvedBox(), try profiles())
    let assessment = Capacity.assess(
      model: model, box: box, settings: settings, candidates: candidates, profiles: profiles)
    let verification = try plan?.run(assessment, output: output) { settings in
      Capacity.assess(model: model, box: box, settings: settings, profiles: profiles)
    }
    let report = CheckReport(assessment, verification: verification)
    try output.write(try report.rendered(as: output.format, style: output.style))
    switch report.verdict.isYes {
    case true?: break
    case false?: throw ExitCode.no
    case nil: throw ExitCode.cannotSay
    }
  }

  private func models() throws(Failure) -> (Model, candidates: [Model]) {
    do throws(ModelError) {
      let model = try ModelReader.read(
        model,
        quantisation: quant.read { (name) throws(ModelError) in
          try Quantisation(parsing: name)
        })
      return (model, Quantisation.ladder.map(model.requantised))
    } catch { throw Failure(error) }
  }

  private func settings() throws(Failure) -> CheckSettings {
    let batch = try count(batch, "--batch")
    return CheckSettings(
      context: try context.read { (text) throws(Failure) in try count(text, "--context") },
      batch: batch, microBatch: try count(microBatch, "--micro-batch"),
      cacheType: try choice(kvType, "--kv-type"), runtime: try choice(runtime, "--runtime"),
      flashAttention: try choice(flashAttention, "--flash-attention") as Switch == .on,
      memory: try memory.read { (text) throws(Failure) in
        try quantity("--memory") { () throws(UnitsError) in try Bytes(parsing: text) }
      },
      training: try training.settings(batch: batch),
      boxes: try count(boxes, "--boxes"),
      link: try link.read { (text) throws(Failure) in
        try quantity("--link") { () throws(UnitsError) in try BytesPerSecond(parsing: text) }
      })
  }

  private func resolvedBox() throws(Failure) -> Box {
    guard let box else {
      let measurement = BoxMeasurement(output: output)
      let profile = try measurement.profile(fresh: fresh)
      return try Box(
        profile, available: try measurement.availableMemory().available,
        age: age(profile.measuredAt))
    }
    let profile: Profile
    do throws(DocumentFile.ReadFailure) {
      if let described = try describedBox(DocumentFile.contents(box), path: box) {
        return described
      }
      profile = try ProfileStore.read(path: box)
    } catch {
      switch error {
      case .notFound: return try catalogueBox(box)
      case .unreadable(let reason): throw Failure(.inputOutput, "\(box): \(reason)")
      case .malformed(let reason):
        throw Failure(
          .malformed,
          "\(box) is no box: \(reason); plimsoll profile --export FILE writes a measured one, and "
            + "docs/BOXES.md describes one by datasheet")
      }
    }
    return try Box(
      profile, available: profile.machine.memory.value ?? .zero, age: age(profile.measuredAt))
  }

  /// A box that somebody described; nil for a file of another schema.
  private func describedBox(
    _ json: [UInt8], path: String
  ) throws(DocumentFile.ReadFailure) -> Box? {
    do throws(CapacityError) { return try BoxFile.box(json: json) } catch {
      throw .malformed(error.description)
    }
  }

  private func profiles() throws(Failure) -> SpeedProfiles {
    do throws(CapacityError) { return try .builtIn() } catch {
      throw Failure(.malformed, error.description)
    }
  }

  private func catalogueBox(_ name: String) throws(Failure) -> Box {
    do throws(CapacityError) { return try BoxCatalogue.builtIn().find(name) } catch {
      throw Failure(.notFound, error.description)
    }
  }

  private func age(_ measuredAt: Double) -> String {
    let minutes = max(0, Environment.now - measuredAt) / 60
    switch minutes {
    case ..<2: return "just now"
    case ..<120: return "\(Int(minutes)) minutes ago"
    case ..<2880: return "\(Int(minutes / 60)) hours ago"
    default: return "\(Int(minutes / 1440)) days ago"
    }
  }
}

/// An option that is on or off.
private enum Switch: String, CaseIterable {
  case on
  case off
}
