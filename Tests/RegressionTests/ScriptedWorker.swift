import Harness
import Kernels
import Measurement
import Synchronization
import Tensors

@testable import Hardware
@testable import Regression

/// A worker whose calls take what a script says, and who writes down who ran when.
final class ScriptedWorker: DuetWorker {
  /// What happened, in order, over all workers of a company.
  final class Log {
    var segments: [(part: DuetPart, calls: Int)] = []
    var checked: [DuetPart] = []
    var started: [(part: DuetPart, padding: Int)] = []
  }

  let part: DuetPart
  private let log: Log
  private let secondsPerCall: (_ segment: Int) -> Double
  private let environment: (_ segment: Int) -> EnvironmentEvidence
  /// What it answers to a request, instead of what it should.
  var failure: ((DuetRequest) -> ProviderError?) = { _ in nil }
  var complaint: String?
  /// Multiplies the time of a segment; asked with every request.
  var scale: (DuetRequest) -> Double = { _ in 1 }
  var work = RunDocument.Work(flop: 2, bytes: 4)
  var isRunning = true
  private var pending: DuetRequest?

  init(
    _ part: DuetPart, log: Log, secondsPerCall: @escaping (_ segment: Int) -> Double,
    environment: @escaping (_ segment: Int) -> EnvironmentEvidence = { _ in .quiet }
  ) {
    self.part = part
    self.log = log
    self.secondsPerCall = secondsPerCall
    self.environment = environment
  }

  func send(_ request: DuetRequest) throws(ProviderError) { pending = request }

  func reply() throws(ProviderError) -> DuetReply {
    guard let request = pending else { throw ProviderError(.failed, "nothing was asked") }
    pending = nil
    let scale = scale(request)
    if let error = failure(request) {
      isRunning = error.kind != .failed
      throw error
    }
    switch request {
    case .prepare: return .prepared(work)
    case .run(let calls):
      log.segments.append((part, calls))
      let number = log.segments.count
      return .segment(
        DuetSegment(
          seconds: scale * secondsPerCall(number) * Double(calls), evidence: environment(number)))
    case .finish(let known):
      if !known.contains("abc") { log.checked.append(part) }
      return .finished(digest: "abc", complaint: complaint)
    }
  }
}

extension EnvironmentEvidence {
  /// Nothing happened.
  static let quiet = with()

  /// What happened, and nothing else.
  static func with(steal: Double = 0, wait: Double = 0, faults: Int = 0, throttles: Int = 0)
    -> EnvironmentEvidence
  {
    EnvironmentEvidence(
      duration: .init(0.02), stealShare: .value(steal), waitShare: .value(wait),
      waitTime: .unavailable("scripted"), pressure: [:], thermalThrottles: .value(throttles),
      quotaThrottledPeriods: .value(0), quotaThrottledTime: .unavailable("scripted"),
      usage: ProcessUsage(
        majorFaults: faults, minorFaults: 0, voluntarySwitches: 0, involuntarySwitches: 0),
      frequency: .unavailable("scripted"), loadAverage: .unavailable("scripted"))
  }
}

/// A clock that moves by a microsecond with each reading.
final class SteppingClock: Clock {
  private let now = Mutex<UInt64>(0)
  func nanoseconds() -> UInt64 {
    now.withLock { now in
      now += 1000
      return now
    }
  }
}

/// A workload that is never run.
struct Unmeasured: Workload {
  let name = "unmeasured"
  let summary = "never run"
  let axes: [Axis] = [
    .extent("m", "size", usual: 1), Axis("skew", "a number", .number(0...9), usual: [.number(1)]),
  ]

  func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    CostCard(flop: 2, bytes: 4, footprint: parameters.count("m"), limits: [])
  }

  func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    throw WorkloadError(.refused, "never run")
  }

  /// A row of it.
  static func row(_ m: Int = 1) -> Row {
    Row(Unmeasured(), Parameters([("m", .count(m)), ("skew", .number(1.5))]))
  }
}
