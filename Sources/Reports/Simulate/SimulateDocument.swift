import Harness
import Simulation
import Statistics
import Units

/// `plimsoll simulate` as machines read it: the schema `plimsoll/simulate@1`.
struct SimulateDocument: Encodable {
  let schema = "plimsoll/simulate@1"
  let model: String
  let quantisation: String
  let backing: String
  let policy: String
  let layout: String
  let context: Int
  let kvType: String
  let touchOnly: Bool
  let seed: UInt64
  let budgetBytes: Bytes
  let budgetEnforced: Bool
  @Null var budgetRefusal: String?
  let weightsBytes: Bytes
  let weightsBytesPerToken: Bytes
  let readOnlyBytesPerToken: Bytes
  let cacheBytes: Bytes
  let cacheBytesPerToken: Bytes
  let layersRun: Int
  let layersTotal: Int
  let extrapolated: Bool
  let setupSeconds: Double
  let tokens: [Token]
  @Null var firstTouch: Token?
  @Null var unfinished: Unfinished?
  @Null var residentSampling: Int?
  @Null var tokensPerSecond: Rate?
  @Null var achievedReadBandwidth: Double?
  @Null var ceiling: Ceiling?
  @Null var achievedShare: Double?
  @Null var peakResidentBytes: Bytes?
  @Null var predictedTokensPerSecond: Range?
  @Null var predictionBrackets: Bool?
  let check: Check
  let interrupted: Bool
  @Null var endedEarly: String?

  struct Token: Encodable {
    let seconds: Double
    let majorFaults: Int
    let minorFaults: Int
    @Null var diskReadBytes: Int?
    @Null var memoryStallSeconds: Double?
    @Null var memoryFullStallSeconds: Double?
    @Null var residentBytes: Bytes?
    @Null var residentShare: Double?

    init(_ token: TokenEvidence) {
      (seconds, residentShare) = (token.seconds, token.residentShare)
      (majorFaults, minorFaults) = (token.majorFaults, token.minorFaults)
      (diskReadBytes, residentBytes) = (token.diskReadBytes, token.residentBytes)
      memoryStallSeconds = token.memoryStallMicroseconds.map { Double($0) * 1e-6 }
      memoryFullStallSeconds = token.memoryFullStallMicroseconds.map { Double($0) * 1e-6 }
    }
  }

  struct Unfinished: Encodable {
    let token: Token
    let weightsBytes: Bytes
    let ofBytes: Bytes
  }

  struct Rate: Encodable {
    let median: Double
    let low: Double
    let high: Double
  }

  struct Range: Encodable {
    let low: Double
    let high: Double
  }

  struct Ceiling: Encodable {
    let name: String
    let value: Double
    let low: Double
    let high: Double
  }

  struct Check: Encodable {
    let compared: Int
    let worstShareOfTolerance: Double
    let passed: Bool
    @Null var failure: String?
  }
}

extension SimulateDocument {
  init(_ report: SimulateReport) {
    let (result, settings) = (report.result, report.result.settings)
    (model, quantisation) = (report.model.name, report.model.quantisation)
    (backing, policy) = (settings.backing.rawValue, settings.policy.rawValue)
    (layout, context) = (result.layout.rawValue, settings.walk.context)
    (kvType, touchOnly) = (settings.walk.cacheType.rawValue, settings.walk.touchOnly)
    (seed, budgetBytes) = (settings.walk.seed, settings.budget)
    (budgetEnforced, budgetRefusal) = (report.bound.isEnforced, report.bound.refusal)
    (weightsBytes, weightsBytesPerToken) = (result.weights, result.weightsPerToken)
    readOnlyBytesPerToken = result.readOnlyPerToken
    (cacheBytes, cacheBytesPerToken) = (result.cache, result.cachePerToken)
    (layersRun, layersTotal) = (result.layersRun, result.layersTotal)
    (extrapolated, setupSeconds) = (result.isExtrapolated, result.setupSeconds)
    tokens = result.tokens.map(Token.init)
    unfinished = result.unfinished.map {
      Unfinished(token: Token($0.evidence), weightsBytes: $0.weightBytes, ofBytes: $0.ofBytes)
    }
    residentSampling = result.residentSampling
    firstTouch = tokens.first
    tokensPerSecond = result.tokensPerSecond.map {
      Rate(median: $0.value, low: $0.low, high: $0.high)
    }
    achievedReadBandwidth = result.readBandwidth
    ceiling = report.ceiling.map {
      Ceiling(name: $0.name, value: $0.value.value, low: $0.value.low, high: $0.value.high)
    }
    achievedShare = report.share
    peakResidentBytes = result.peakResident
    predictedTokensPerSecond = report.predicted.map { Range(low: $0.low, high: $0.high) }
    predictionBrackets = report.brackets
    check = Check(
      compared: result.checkedResults, worstShareOfTolerance: result.worstError,
      passed: result.wrongAnswer == nil, failure: result.wrongAnswer)
    (interrupted, endedEarly) = (result.isInterrupted, result.endedEarly)
  }
}
