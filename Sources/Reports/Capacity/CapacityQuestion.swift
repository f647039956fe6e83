import Capacity
import Harness
import Models
import Statistics
import Units

/// What a capacity report is asked: which models in which quantisations and contexts, on one box.
///
/// A pure function of its values: `record` reads no file and no clock.
public struct CapacityQuestion: Sendable {
  /// The machine.
  public var box: Box
  /// What it costs.
  public var ownership: Ownership
  /// The models, in any quantisation.
  public var models: [Model]
  /// How their weights are to be stored; empty keeps each model's own.
  public var quantisations: [Quantisation]
  /// Tokens of context.
  public var contexts: [Int]
  /// What runtimes make of datasheets.
  public var profiles: SpeedProfiles

  /// Memberwise.
  public init(
    box: Box, ownership: Ownership, models: [Model], quantisations: [Quantisation],
    contexts: [Int], profiles: SpeedProfiles = .none
  ) {
    (self.box, self.ownership, self.models) = (box, ownership, models)
    (self.quantisations, self.contexts, self.profiles) = (quantisations, contexts, profiles)
  }

  /// Tokens of the prompt that the time to the first token is given for.
  public static let promptTokens = 8192
  /// Tokens in the cache at which decoding is worked out.
  static let depths = [0, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131_072]

  /// The answers.
  ///
  /// - Parameters:
  ///   - createdAt: seconds since 1970.
  ///   - prices: a host's price list.
  ///   - progress: the model under way, and the share that is done.
  /// Cost: about a millisecond for each combination of model, quantisation and context.
  public func record(
    createdAt: Double, prices: PriceList? = nil, profile: Profile? = nil, run: KernelRun? = nil,
    baselines: [KernelRun] = [], walks: [Walk] = [],
    progress: (String, Double) -> Void = { _, _ in }
  ) -> CapacityRecord {
    var record = CapacityRecord(
      createdAt: createdAt, box: .init(box, ownership: ownership), models: [], rows: [],
      training: [], depths: [], hosted: [], profile: profile, run: run,
      baselines: baselines.sorted { $0.startedAt < $1.startedAt },
      walks: walks.sorted { $0.weightsBytes < $1.weightsBytes })
    record.priceSource = prices.map { list in
      [list.effective.map { "effective \($0)" }, list.source].compactMap(\.self)
        .joined(separator: "; ")
    }
    for (index, model) in models.enumerated() {
      progress(model.name, Double(index) / Double(models.count))
      let hosted = prices?.row(for: model.name)
      if let hosted { record.hosted.append(.init(model: model.name, prices: hosted)) }
      add(model, hosted, to: &record)
    }
    return record
  }

  private func add(_ model: Model, _ hosted: PriceList.Row?, to record: inout CapacityRecord) {
    let forms = quantisations.isEmpty ? [model] : quantisations.map(model.requantised)
    var curve: CapacityRecord.DepthCurve?
    for form in forms {
      let prompt = assess(form, Self.promptTokens)
      let first = firstToken(prompt.prefill?.tokensPerSecond, prompt.decode?.tokensPerSecond)
      for context in contexts {
        let assessment = assess(form, context)
        if form == forms.first, context == contexts.first {
          record.models.append(.init(assessment.model))
        }
        var row = CapacityRecord.Row(assessment)
        row.model = model.name
        row.firstToken = context >= Self.promptTokens && row.decode != nil ? first : nil
        row.cost = row.decode.flatMap {
          TokenCost(tokensPerSecond: $0.value, ownership: ownership)
        }
        row.breakEven = breakEven(hosted?.sample, row.cost)
        record.rows.append(row)
      }
      if curve == nil { curve = depthCurve(form, name: model.name) }
    }
    if let curve { record.depths.append(curve) }
    record.training += TrainingSettings.Method.allCases.compactMap { method in
      trainingRow(model, method, hosted)
    }
  }

  private func assess(_ model: Model, _ context: Int) -> Assessment {
    Capacity.assess(
      model: model, box: box, settings: CheckSettings(context: context), profiles: profiles)
  }

  /// The prompt's time and one token's.
  private func firstToken(_ prompt: Estimate?, _ decode: Estimate?) -> Estimate? {
    guard let prompt, let decode, prompt.low > 0, decode.low > 0 else { return nil }
    let tokens = Double(Self.promptTokens)
    return Estimate(
      value: tokens / prompt.value + 1 / decode.value,
      low: tokens / prompt.high + 1 / decode.high, high: tokens / prompt.low + 1 / decode.low)
  }

  private func breakEven(_ hosted: Double?, _ cost: TokenCost?) -> BreakEven? {
    guard let hosted, let cost else { return nil }
    return BreakEven(hosted: hosted, cost: cost, ownership: ownership)
  }

  /// Decoding at each depth that the model was trained for and that fits; nil for one that fits at none.
  private func depthCurve(_ model: Model, name: String) -> CapacityRecord.DepthCurve? {
    let longest = model.geometry.contextLength ?? .max
    let points = Self.depths.filter { $0 <= longest }.compactMap {
      depth -> CapacityRecord.DepthCurve.Point? in
      let settings = CheckSettings(context: max(depth, 1), depth: depth)
      let assessment = Capacity.assess(
        model: model, box: box, settings: settings, profiles: profiles)
      guard assessment.verdict.isYes == true, let decode = assessment.decode else { return nil }
      return .init(depth: depth, decode: decode.tokensPerSecond)
    }
    guard points.count > 1 else { return nil }
    return .init(model: name, quantisation: model.quantisation, points: points)
  }

  private func trainingRow(
    _ model: Model, _ method: TrainingSettings.Method, _ hosted: PriceList.Row?
  ) -> CapacityRecord.TrainingRow? {
    let settings = CheckSettings(training: TrainingSettings(method: method))
    let assessment = Capacity.assess(
      model: model, box: box, settings: settings, profiles: profiles)
    guard let plan = assessment.training else { return nil }
    let rate = plan.verdict.isYes == true ? plan.tokensPerSecond : nil
    let cost = rate.flatMap { TokenCost(tokensPerSecond: $0.value, ownership: ownership) }
    return .init(
      model: model.name, method: method.rawValue, verdict: plan.verdict,
      requiredBytes: plan.required, tokensPerSecond: rate, cost: cost,
      breakEven: breakEven(hosted?.train, cost))
  }
}

extension CapacityRecord.Machine {
  fileprivate init(_ box: Box, ownership: Ownership) {
    self.init(
      id: box.id, name: box.name, measured: box.measured, memoryTotalBytes: box.memoryTotal,
      budgetBytes: box.memoryAvailable, readBandwidth: box.readBandwidth, peaks: box.peaks,
      diskRead: box.diskRead, source: box.source, ownership: ownership,
      warnings: box.warnings.map(\.message))
  }
}

extension CapacityRecord.ModelFacts {
  fileprivate init(_ model: ModelSummary) {
    self.init(
      name: model.name, parametersTotal: model.parametersTotal,
      parametersActive: model.parametersActive, source: model.origin.summary)
  }
}

extension CapacityRecord.Row {
  fileprivate init(_ assessment: Assessment) {
    self.init(
      model: assessment.model.name, quantisation: assessment.model.quantisation,
      context: assessment.context, verdict: assessment.verdict,
      requiredBytes: assessment.required, headroomBytes: assessment.headroom,
      ledger: assessment.ledger.lines.map {
        .init(
          item: $0.item, kind: $0.kind.rawValue, bytes: $0.bytes, formula: $0.formula,
          source: $0.source)
      },
      decode: assessment.decode?.tokensPerSecond,
      decodeLimit: assessment.decode.flatMap { $0.limit.isFinite ? $0.limit : nil },
      boundBy: assessment.decode?.boundBy.rawValue,
      prefill: assessment.prefill?.tokensPerSecond)
  }
}
