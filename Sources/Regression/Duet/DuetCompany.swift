import Kernels

/// The workers of one pair, each started when it is first needed and again when it has gone down.
final class DuetCompany {
  /// In which order the parts are started and asked to make rows ready: whoever is first has the
  /// first choice of memory.
  let order: [DuetPart]
  private let names: [DuetPart: String]
  private let start: (DuetPart) throws(ProviderError) -> any DuetWorker
  private var workers: [DuetPart: any DuetWorker] = [:]

  /// - Parameters:
  ///   - names: what people call each part's program or provider.
  ///   - order: in which order they are started and made ready.
  ///   - start: starts a part's worker.
  init(
    names: [DuetPart: String], order: [DuetPart] = DuetPart.allCases,
    start: @escaping (DuetPart) throws(ProviderError) -> any DuetWorker
  ) {
    (self.names, self.order, self.start) = (names, order, start)
  }

  /// Starts all workers.
  ///
  /// Errors: those of starting one.
  func startAll() throws(ProviderError) {
    for part in order { _ = try worker(part) }
  }

  /// The worker that plays `part`.
  ///
  /// Errors: those of starting it.
  func worker(_ part: DuetPart) throws(ProviderError) -> any DuetWorker {
    if let worker = workers[part], worker.isRunning { return worker }
    let worker = try start(part)
    workers[part] = worker
    return worker
  }

  /// `./plimsoll-old (base)`.
  func name(of part: DuetPart) -> String { "\(names[part] ?? "") (\(part.phrase))" }

  /// What a worker's error means for its row.
  func ending(_ error: ProviderError, _ part: DuetPart) -> DuetSession.Ending {
    let text =
      error.description.hasPrefix(name(of: part))
      ? error.description : "\(name(of: part)): \(error.description)"
    switch error.kind {
    case .interrupted: return .init(.interrupted)
    case .unsupported, .refused: return .init(.skipped(text))
    case .usage, .malformed, .notFound, .failed: return .init(.failed(text))
    }
  }
}
