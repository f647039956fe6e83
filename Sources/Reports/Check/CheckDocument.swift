import Capacity
import Harness
import Models
import Statistics
import Units

/// `plimsoll check` as machines read it: the schema `plimsoll/check@1`.
///
/// Sizes are bytes, times seconds, rates per second. Keys are written in snake case.
struct CheckDocument: Encodable {
  let schema = "plimsoll/check@1"
  let model: Model
  let box: Machine
  let settings: Settings
  let ledger: [Line]
  @Null var sharedMemory: Shared?
  let requiredBytes: Bytes
  let budgetBytes: Bytes
  let headroomBytes: Bytes
  let verdict: Verdict
  @Null var decode: Rate?
  @Null var prefill: Rate?
  @Null var train: Training?
  @Null var verification: Verified?
  let alternatives: [Alternative]
  let warnings: [Warning]

  struct Model: Encodable {
    let name: String
    let architecture: String
    let parametersTotal: Int
    let parametersActive: Int
    let layers: Int
    let weightsBytes: Bytes
    let quantisation: String
    let source: String
  }

  struct Machine: Encodable {
    let id: String
    let name: String
    let measured: Bool
    let memoryTotalBytes: Bytes
    let memoryAvailableBytes: Bytes
    let readBandwidth: Estimate
    let peaks: [String: Double]
    @Null var diskRead: Estimate?
    let source: String
  }

  struct Settings: Encodable {
    let context: Int
    let batch: Int
    let microBatch: Int
    let kvType: String
    let runtime: String
    let flashAttention: Bool
    @Null var memoryBytes: Bytes?
    @Null var train: String?
    let boxes: Int
    @Null var linkBytesPerSecond: BytesPerSecond?
  }

  struct Line: Encodable {
    let item: String
    let kind: String
    let bytes: Bytes
    let formula: String
    let source: String
  }

  struct Shared: Encodable {
    let heldBytes: Bytes
    let peakBytes: Bytes
    let holders: [Holder]

    struct Holder: Encodable {
      let owner: String
      let bytes: Bytes
      let what: String
      let reclaimable: Bool
    }
  }

  struct Rate: Encodable {
    let tokensPerSecond: Double
    let low: Double
    let high: Double
    let limit: Double
    let boundBy: String
  }

  struct Training: Encodable {
    let method: String
    let rank: Int
    let sequence: Int
    let batch: Int
    let optimizer: String
    let trainer: String
    let targets: String
    let checkpointing: Bool
    let trainedParameters: Int
    @Null var tokensPerSecond: Double?
    @Null var low: Double?
    @Null var high: Double?
    @Null var limit: Double?
    @Null var stepSeconds: Double?
  }

  struct Verified: Encodable {
    let commands: [String]
    let rows: [Row]

    struct Row: Encodable {
      let phase: String
      let depth: Int
      @Null var predicted: Estimate?
      let measured: Estimate
      @Null var ratio: Double?
    }
  }

  struct Alternative: Encodable {
    let quantisation: String
    let context: Int
    let verdict: Verdict
    let requiredBytes: Bytes
    @Null var decodeTokensPerSecond: Double?
    let reason: String
  }

  struct Warning: Encodable {
    let code: String
    let message: String
  }
}

extension CheckDocument {
  init(_ assessment: Assessment, _ verification: Verification?) {
    let answer = Answer(assessment)
    model = Model(assessment.model)
    box = Machine(assessment.box)
    settings = Settings(assessment)
    ledger = answer.ledger.lines.map {
      Line(
        item: $0.item, kind: $0.kind.rawValue, bytes: $0.bytes, formula: $0.formula,
        source: $0.source)
    }
    sharedMemory = assessment.sharedMemory.map { shared in
      Shared(
        heldBytes: shared.held, peakBytes: shared.peak,
        holders: shared.holders.map {
          .init(
            owner: $0.owner.rawValue, bytes: $0.bytes, what: $0.what, reclaimable: $0.isReclaimable)
        })
    }
    requiredBytes = answer.required
    budgetBytes = answer.budget
    headroomBytes = answer.headroom
    verdict = answer.verdict
    decode = assessment.decode.map(Rate.init)
    prefill = assessment.prefill.map(Rate.init)
    train = assessment.training.map(Training.init)
    self.verification = verification.map { verification in
      Verified(
        commands: verification.commands,
        rows: verification.rows.map {
          .init(
            phase: $0.phase, depth: $0.depth, predicted: $0.predicted, measured: $0.measured,
            ratio: $0.ratio)
        })
    }
    alternatives = assessment.alternatives.map {
      Alternative(
        quantisation: $0.quantisation, context: $0.context, verdict: $0.verdict,
        requiredBytes: $0.required, decodeTokensPerSecond: $0.decodeTokensPerSecond,
        reason: $0.reason.rawValue)
    }
    warnings = assessment.warnings.map { Warning(code: $0.code, message: $0.message) }
  }
}

extension CheckDocument.Model {
  fileprivate init(_ model: ModelSummary) {
    name = model.name
    architecture = model.architecture
    parametersTotal = model.parametersTotal
    parametersActive = model.parametersActive
    layers = model.layers
    weightsBytes = model.weights
    quantisation = model.quantisation
    source = model.origin.summary
  }
}

extension CheckDocument.Machine {
  fileprivate init(_ box: Box) {
    id = box.id
    name = box.name
    measured = box.measured
    memoryTotalBytes = box.memoryTotal
    memoryAvailableBytes = box.memoryAvailable
    readBandwidth = box.readBandwidth
    peaks = box.peaks
    diskRead = box.diskRead
    source = box.source
  }
}

extension CheckDocument.Settings {
  fileprivate init(_ assessment: Assessment) {
    let settings = assessment.settings
    context = assessment.context
    batch = settings.batch
    microBatch = settings.microBatch
    kvType = settings.cacheType.rawValue
    runtime = settings.runtime.rawValue
    flashAttention = settings.flashAttention
    memoryBytes = settings.memory
    train = settings.training?.method.rawValue
    boxes = settings.boxes
    linkBytesPerSecond = settings.link
  }
}

extension CheckDocument.Rate {
  fileprivate init(_ rate: RateEstimate) {
    tokensPerSecond = rate.tokensPerSecond.value
    low = rate.tokensPerSecond.low
    high = rate.tokensPerSecond.high
    limit = rate.limit
    boundBy = rate.boundBy.rawValue
  }
}

extension CheckDocument.Training {
  fileprivate init(_ plan: TrainingPlan) {
    method = plan.settings.method.rawValue
    rank = plan.settings.rank
    sequence = plan.settings.sequence
    batch = plan.settings.batch
    optimizer = plan.settings.optimizer.rawValue
    trainer = plan.settings.recipe.trainer.rawValue
    targets = plan.settings.recipe.targets.rawValue
    checkpointing = plan.settings.recipe.checkpointing
    trainedParameters = plan.trainedParameters
    tokensPerSecond = plan.tokensPerSecond?.value
    low = plan.tokensPerSecond?.low
    high = plan.tokensPerSecond?.high
    limit = plan.limit
    stepSeconds = plan.stepSeconds?.value
  }
}

extension Model.Origin {
  /// Where the facts come from, in one line.
  var summary: String {
    switch self {
    case .catalogue(let source): "catalogue; geometry from \(source)"
    case .config(let path): "config.json: \(path)"
    case .files(let paths):
      paths.count == 1 ? "file: \(paths[0])" : "\(paths.count) files: \(paths[0]), …"
    }
  }
}
