import ArgumentParser
import Capacity
import Hardware
import Harness
import Kernels
import Measurement
import Regression
import Reports
import Units
import Workloads

/// `plimsoll run [WORKLOAD…]`: measures kernels, whoever wrote them.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract:
      "Measures kernels side by side against what the box can do, and checks their answers.",
    discussion: """
      Providers, numbers of threads and the box's ceilings take turns in the same rounds, so that
      ratios hold on a noisy box. Every answer is held against double precision.

      WORKLOAD is one of plimsoll list workloads (default: all that need no file): matmul, gemv,
      attention, moe, decode, memory, walk. Loading and repacking is not timed, but told. Providers:
        plimsoll       the kernels of this program
        cblas:PATH     a BLAS library with the C interface (f32), called in this process
        plugin:PATH    a library that implements plimsoll_kernel.h, called in a process of its own

      A suite is a file of rows, built in or your own:
        # a comment
        [matmul]               a section: a workload
        m = 1, 8, 512          a grid: all combinations
        threads = 1, 2         if not those of the run
      Before the first section max-time = 2 may stand. All of it: Benchmarks/Suites/README.md.

      Examples:
        plimsoll run --suite ci
        plimsoll run --suite ./mine.suite --list
        plimsoll run matmul gemv
        plimsoll run matmul --param m=1,8,512 --param n=4096 --param k=4096
        plimsoll run matmul --provider plimsoll,cblas:/usr/lib/x86_64-linux-gnu/libopenblas.so.0
        plimsoll run gemv --provider plimsoll,plugin:./mine.so --format json --output mine.json
        plimsoll run memory --threads 1,2 --filter kind=read
        plimsoll run attention --param queries=1 --param keys=8k --param type=q8_0
        plimsoll run moe --param tokens=1,64 --param skew=0,1.2
        plimsoll run decode --param model=model.gguf --param kind=prefill,decode
        plimsoll run walk --param model=llama-3.2-1b --param over=0.5,2 --param policy=normal,direct
        plimsoll run matmul --save-baseline main       keep it, and later:
        plimsoll run matmul --baseline main            how does it compare?
        plimsoll run --list

      Formats for other tools: benchfmt (Go's benchstat), google-benchmark, github-action-benchmark
      (customSmallerIsBetter; -bigger: customBiggerIsBetter), bencher, junit. Where
      GITHUB_STEP_SUMMARY is set, the Markdown is added there: see docs/CI.md.

      Exit codes: 0 all measured · 1 a kernel failed, or is slower than its baseline · 2 no telling
      whether it is · 3 a kernel was wrong · 64 usage · 65 not such a library, model, suite or
      baseline · 66 none found · 69 the box refused a resource · 130 interrupted, what was measured is
      written.
      """)

  @OptionGroup var asked: RowOptions

  @Option(help: "Whose kernels, the first one the reference of the ratios.")
  var provider: String = "plimsoll"

  @Option(help: "Numbers of threads, as 2 or 1,2 (default: all processors).")
  var threads: String?

  @Option(help: "Seconds a row is measured for at least (default: the suite's, else 0.3).")
  var minTime: Double?

  @Option(
    help: """
      Seconds after which a row gets no further round; a plug-in may take ten times that (default: the
      suite's, else 3).
      """)
  var maxTime: Double?

  @Option(help: "The seed of all inputs.")
  var seed: UInt64 = 1

  @Flag(help: "Evict the caches before each sample, which is one call then (usually: hot).")
  var cold = false

  @Flag(help: "List the rows and measure nothing.")
  var list = false

  @OptionGroup var comparison: BaselineComparison

  @OptionGroup var output: MeasurementOutput

  func run() throws {
    let selection = asked.selection
    var rows = try selection.rows()
    if cold { rows = rows.map(\.cold) }
    guard !list else { return try output.write(try listing(rows)) }
    let baseline = try comparison.baseline(for: rows)
    let document = try measure(rows, of: try selection.namedSuite())
    let compared = baseline.map { comparison.document(from: $0, to: document) }
    let report = ComparedRunReport(run: document, comparison: compared)
    output.summarise(try report.rendered(as: .markdown))
    switch output.format {
    case .table(let format):
      try output.write(try report.rendered(as: format, style: output.style))
    case .native(let format):
      try output.write(try format.text(document, comparison: compared))
    }
    if let compared, !report.tellsComparison(in: output.format) {
      output.note(CompareReport(compared).headline)
    }
    try comparison.save(document, output)
    if document.hasWrongAnswers { throw ExitCode.wrongAnswer }
    if document.interrupted { throw ExitCode.interrupted }
    if document.hasFailures { throw ExitCode.no }
    try compared?.end()
  }

  private func listing(_ rows: [Row]) throws -> String {
    let format = try output.format.table(for: "--list")
    if format == .text { return rows.map { $0.id + "\n" }.joined() }
    return try Table(title: "", columns: [.init("row")], rows: rows.map { [$0.id] })
      .rendered(as: format)
  }

  private func measure(_ rows: [Row], of suite: Suite?) throws -> RunDocument {
    let settings = try settings(suite)
    // Threads that were asked for go before a suite's.
    let rows = threads == nil ? rows : rows.map(\.onThreadsOfTheRun)
    let table = try BoxMeasurement(output: output).table()
    let predictions = try predictions(of: rows, table)
    let pools = WorkerPools()
    Interruption.watch()
    let runner = Runner(
      table: table, machine: Machine.read(), pools: pools,
      providers: try providers(
        table: table, pools: pools, patience: max(2, 10 * settings.rule.timeLimit)),
      settings: settings)
    var progress = Progress(isQuiet: output.quiet)
    defer { progress.finish() }
    do throws(WorkloadError) {
      var document = try runner.run(
        rows, suite: suite?.name, startedAt: Environment.now,
        isInterrupted: { Interruption.isPending },
        progress: { progress.show($0, share: $1) })
      for index in document.results.indices {
        let predicted = predictions[document.results[index].id]
        document.results[index].walk?.predictedTokensPerSecond = predicted
      }
      return document
    } catch { throw Failure(error) }
  }

  /// What the box's profile says of the rows that are walks, by their ids, before they are walked.
  private func predictions(
    of rows: [Row], _ table: KernelTable
  ) throws(Failure) -> [String: RunDocument.Walk.Bounds] {
    let walks = rows.filter { $0.workload is ModelWalk }
    guard !walks.isEmpty else { return [:] }
    let measurement = BoxMeasurement(output: output)
    let box = try Box(
      try measurement.profile(fresh: false),
      available: try measurement.availableMemory().available, age: "before")
    var predictions: [String: RunDocument.Walk.Bounds] = [:]
    for row in walks {
      do throws(WorkloadError) {
        predictions[row.id] = try ModelWalk.prediction(of: row, on: box, table: table).map {
          .init(low: $0.low, high: $0.high)
        }
      } catch { continue }  // The row itself is skipped, with this reason.
    }
    return predictions
  }

  private func settings(_ suite: Suite?) throws(Failure) -> Runner.Settings {
    let maxTime = maxTime ?? suite?.maxTime ?? 3
    let minTime = minTime ?? suite?.minTime ?? min(0.3, maxTime)
    guard minTime >= 0, maxTime > 0, minTime <= maxTime, maxTime <= 86_400 else {
      throw Failure(
        .usage, "--min-time \(minTime) and --max-time \(maxTime): expected 0 ≤ min ≤ max ≤ 86400 s")
    }
    return Runner.Settings(
      threads: try threadCounts(), seed: seed,
      rule: StoppingRule(
        minimumRounds: 3, maximumRounds: 2000, timeLimit: maxTime, relativeWidth: 0.02,
        minimumTime: minTime),
      memoryBudget: try BoxMeasurement(output: output).availableMemory().available)
  }

  private func threadCounts() throws(Failure) -> [Int] {
    guard let threads else { return [WorkerPool.availableProcessors] }
    var counts: [Int] = []
    for text in threads.split(separator: ",", omittingEmptySubsequences: false) {
      let number = try count(String(text), "--threads")
      guard number <= 1024 else {
        throw Failure(.usage, "--threads: \(number) is more than 1024 threads")
      }
      if !counts.contains(number) { counts.append(number) }
    }
    return counts
  }

  private func providers(
    table: KernelTable, pools: WorkerPools, patience: Double
  ) throws(Failure) -> [any KernelProvider] {
    var opened: [any KernelProvider] = []
    do throws(ProviderError) {
      for text in provider.split(separator: ",", omittingEmptySubsequences: false) {
        let name = try ProviderName(parsing: String(text))
        opened.append(
          try name.open(
            table: table, pools: pools, clock: MonotonicClock(), patience: patience,
            isInterrupted: { Interruption.isPending }))
      }
    } catch { throw Failure(error) }
    return opened
  }
}

extension Failure {
  /// The failure that a row that can't be measured means.
  init(_ error: WorkloadError) {
    switch error.kind {
    case .usage: self.init(.usage, error.description)
    case .malformed: self.init(.malformed, error.description)
    case .notFound: self.init(.notFound, error.description)
    case .unreadable: self.init(.inputOutput, error.description)
    case .refused: self.init(.refused, error.description)
    }
  }

  /// The failure that a provider that can't be had means.
  init(_ error: ProviderError) {
    switch error.kind {
    case .usage: self.init(.usage, error.description)
    case .malformed: self.init(.malformed, error.description)
    case .notFound: self.init(.notFound, error.description)
    case .refused: self.init(.refused, error.description)
    case .interrupted: self.init(.interrupted, error.description)
    case .unsupported, .failed: self.init(.no, error.description)
    }
  }
}
