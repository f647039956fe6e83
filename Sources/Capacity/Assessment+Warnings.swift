import Models
import Units

extension Question {
  /// What to know before trusting `assessment`: the model's warnings, the box's, then our own.
  func warnings(_ assessment: Assessment) -> [Assessment.Warning] {
    model.warnings.map { Assessment.Warning(code: $0.code, message: $0.message) }
      + boxWarnings + memoryWarnings(assessment) + speedWarnings(assessment)
      + trainingWarnings(assessment)
  }

  /// The box's own; what share of its datasheet is reached is not assumed where it was fitted.
  private var boxWarnings: [Assessment.Warning] {
    guard fittedDecodeTime != nil, let profile = profile(.decode) else { return box.warnings }
    let assumed = "datasheet-bandwidth"
    let ideal =
      box.decodesOnProcessor ? "measured ceilings" : "a datasheet such as that of \(box.id)"
    let devices = profile.devices == 1 ? "one device" : "\(profile.devices) devices"
    return box.warnings.filter { $0.code != assumed } + [
      .init(
        code: box.decodesOnProcessor ? "fitted-speed" : assumed,
        message: "speeds are what \(settings.runtime.rawValue) makes of \(ideal), fitted on "
          + "\(profile.rates) rates of \(devices); four of five are within the range given")
    ]
  }

  private func memoryWarnings(_ assessment: Assessment) -> [Assessment.Warning] {
    var warnings: [Assessment.Warning] = []
    if !isKnown {
      warnings.append(
        .init(
          code: "unknown-architecture",
          message: "the architecture '\(model.geometry.architecture)' is unknown here: what is "
            + "required is a lower bound, weights and system without cache and scratch"))
    }
    if let longest = model.geometry.contextLength, context > longest {
      warnings.append(
        .init(
          code: "context-beyond-training",
          message: "the model was trained for \(Decimal.grouped(longest)) tokens, and "
            + "\(Decimal.grouped(context)) are asked for"))
    }
    if groups.contains(where: { $0.item == "kv cache: window" }) {
      warnings.append(
        .init(
          code: "sliding-window-runtime",
          message: "some layers see a sliding window only, and how much is kept for them depends "
            + "on the runtime: this is \(settings.runtime.rawValue)'s rule"))
    }
    if assessment.training == nil, keepsEmbeddingOnHost {
      warnings.append(
        .init(
          code: "embedding-on-host",
          message: "the embedding table, \(Bytes(weights[.tokenEmbedding].bytes)), stays in the "
            + "system's memory and is not counted: llama.cpp looks its rows up on the processor"))
    }
    if assessment.required.count == .max {
      warnings.append(
        .init(
          code: "beyond-counting",
          message: "these settings need more bytes than 2⁶³; smaller ones give figures"))
    }
    return warnings + cacheTypeWarnings + splitWarnings
  }

  private var cacheTypeWarnings: [Assessment.Warning] {
    let type = settings.cacheType
    if settings.runtime == .llamaCpp, type == .fp8 {
      return [
        .init(
          code: "cache-type-unsupported",
          message: "llama.cpp has no fp8 cache; q8_0 is its nearest type")
      ]
    }
    if settings.runtime == .vllm, type == .q8 || type == .q4 || type == .f32 {
      return [
        .init(
          code: "cache-type-unsupported",
          message: "vLLM has no \(type.rawValue) cache; f16, bf16 and fp8 are its types")
      ]
    }
    if settings.runtime == .llamaCpp, type == .q8 || type == .q4, !settings.flashAttention {
      return [
        .init(
          code: "cache-needs-flash-attention",
          message: "llama.cpp quantises values only with flash attention on")
      ]
    }
    return []
  }

  private var splitWarnings: [Assessment.Warning] {
    guard settings.boxes > 1 else { return [] }
    return [
      .init(
        code: "pipeline-split",
        message: "memory is that of the fullest of \(settings.boxes) boxes, layers taken as equal "
          + "and split in order; one sequence uses one box at a time")
    ]
  }

  private func speedWarnings(_ assessment: Assessment) -> [Assessment.Warning] {
    var warnings: [Assessment.Warning] = []
    if assessment.verdict == .streams, box.diskRead == nil {
      warnings.append(
        .init(
          code: "disk-unknown",
          message: "the weights would come from disk, whose speed is unknown: measure the box"))
    }
    if isKnown, assessment.verdict != .exceeds, prefillArithmetic == nil {
      warnings.append(
        .init(
          code: "arithmetic-unknown",
          message: "no arithmetic peak is known for \(box.id), so nothing is said of reading a "
            + "prompt, and decoding is judged by its bytes alone"))
    }
    return warnings
  }

  private func trainingWarnings(_ assessment: Assessment) -> [Assessment.Warning] {
    guard let plan = assessment.training else { return [] }
    var warnings: [Assessment.Warning] = []
    if plan.settings.recipe.checkpointing {
      warnings.append(
        .init(
          code: "checkpointing-assumed",
          message: "activations are taken to be recomputed in the backward pass, which costs "
            + "another forward pass and saves most of their memory"))
    }
    if plan.settings.optimizer == .pagedAdamw8bit, box.pool == .discrete {
      let states = Bytes.product(plan.trainedParameters, 2)
      warnings.append(
        .init(
          code: "states-paged-out",
          message:
            "\(states) of optimiser states are taken to be paged out to the system's memory, "
            + "and are not counted in this one"))
    }
    if settings.boxes > 1 {
      warnings.append(
        .init(
          code: "training-on-one-box",
          message: "fine-tuning is judged on one box: splitting it is not modelled"))
    }
    if let limit = plan.limit {
      warnings.append(
        .init(
          code: "training-claims",
          message: "published rates above \(Decimal.significant(limit)) tokens/s for this training "
            + "would need more than this box's 16-bit arithmetic peak: they are not real tokens"))
    }
    return warnings
  }
}
