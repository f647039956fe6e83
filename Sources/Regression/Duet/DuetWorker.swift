import Kernels

/// Somebody who times calls when asked: a process, or a test's script.
protocol DuetWorker: AnyObject {
  /// Whether it is there and may be asked.
  var isRunning: Bool { get }

  /// Sends a request, to be followed by `reply`.
  ///
  /// Errors: `.failed` when it is gone.
  func send(_ request: DuetRequest) throws(ProviderError)

  /// Waits for the answer to the request sent last.
  ///
  /// Errors: what it answers as a failure; `.failed` when it crashed or hangs; `.interrupted`.
  func reply() throws(ProviderError) -> DuetReply
}

extension DuetWorker {
  /// Sends and waits.
  func ask(_ request: DuetRequest) throws(ProviderError) -> DuetReply {
    try send(request)
    return try reply()
  }

  /// Times so many calls of the row that was made ready.
  func run(_ calls: Int) throws(ProviderError) -> DuetSegment {
    guard case .segment(let segment) = try ask(.run(calls: calls)), segment.seconds > 0 else {
      throw ProviderError(.failed, "a segment of \(calls) calls came back without a time")
    }
    return segment
  }
}

/// A worker in a process of its own.
final class WorkerProcess: DuetWorker {
  private let process: ServedProcess
  private let copy: ProgramCopy
  private let patience: Double
  private var doing = "before it said hello"

  /// How long a program may take to say hello, in seconds.
  private static let greeting = 20.0

  /// Starts `program`, which is `copy`, and checks that it is a worker of this version.
  ///
  /// - Parameter patience: seconds after which a worker that does not answer counts as hung.
  /// Errors: see `DuetArm.start`.
  init(
    _ program: ServedProgram, copy: ProgramCopy, name: String, patience: Double,
    isInterrupted: @escaping () -> Bool
  ) throws(ProviderError) {
    self.copy = copy
    self.patience = patience
    process = try ServedProcess(program, isInterrupted: isInterrupted)
    let greeting: DuetGreeting
    do throws(ProviderError) {
      greeting = try process.reply(DuetGreeting.self, within: Self.greeting, while: doing)
    } catch {
      guard error.kind == .failed else { throw error }
      throw ProviderError(
        .malformed,
        "\(error.description); expected a plimsoll that knows duets, or a provider (plimsoll, "
          + "cblas:PATH, plugin:PATH)")
    }
    guard greeting.protocol == DuetGreeting.ofDuets, greeting.version == DuetGreeting.version
    else {
      throw ProviderError(
        .malformed,
        "\(name) speaks version \(greeting.version) of \(greeting.protocol), and this program "
          + "version \(DuetGreeting.version) of \(DuetGreeting.ofDuets); build one of them anew")
    }
    if let failure = greeting.failure { throw failure.error }
  }

  var isRunning: Bool { process.isRunning }

  func send(_ request: DuetRequest) throws(ProviderError) {
    doing =
      switch request {
      case .prepare: "while it made the row ready"
      case .run: "while it was timed"
      case .finish: "while its answer was checked"
      }
    try process.send(request, while: doing)
  }

  func reply() throws(ProviderError) -> DuetReply {
    let reply = try process.reply(DuetReply.self, within: patience, while: doing)
    if case .failed(let failure) = reply { throw failure.error }
    return reply
  }
}
