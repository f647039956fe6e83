import ArgumentParser
import Hardware
import Harness
import Kernels
import Measurement
import Models
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
      attention, moe, decode, memory. Loading and repacking is not timed, but told. Providers:
        plimsoll       the kernels of this program
        cblas:PATH     a BLAS library with the C interface (f32), called in this process
        plugin:PATH    a library that implements plimsoll_kernel.h, called in a process of its own

      Examples:
        plimsoll run matmul gemv
        plimsoll run matmul --param m=1,8,512 --param n=4096 --param k=4096
        plimsoll run matmul --provider plimsoll,cblas:/usr/lib/x86_64-linux-gnu/libopenblas.so.0
        plimsoll run gemv --provider plimsoll,plugin:./mine.so --format json --output mine.json
        plimsoll run memory --threads 1,2 --filter kind=read
        plimsoll run attention --param queries=1 --param keys=8k --param type=q8_0
        plimsoll run moe --param tokens=1,64 --param skew=0,1.2
        plimsoll run decode --param model=model.gguf --param kind=prefill,decode
        plimsoll run matmul --save-baseline main       keep it, and later:
        plimsoll run matmul --baseline main            how does it compare?
        plimsoll run --list

      Exit codes: 0 all measured · 1 a kernel failed, or is slower than its baseline · 2 no telling
      whether it is · 3 a kernel was wrong · 64 usage · 65 not such a library, model or baseline ·
      66 library, model or baseline not found · 69 the box refused a resource · 130 interrupted, what
      was measured is written.
      """)

  @Argument(help: ArgumentHelp("What to measure.", valueName: "workload"))
  var workloads: [String] = []

  @Option(help: ArgumentHelp("Values of a parameter, as m=1,8,512.", valueName: "name=values"))
  var param: [String] = []

  @Option(help: "Whose kernels, the first one the reference of the ratios.")
  var provider: String = "plimsoll"

  @Option(help: "Numbers of threads, as 2 or 1,2 (default: all processors).")
  var threads: String?

  @Option(help: "Seconds a row is measured for at least.")
  var minTime: Double = 0.3

  @Option(
    help: "Seconds after which a row gets no further round; a plug-in may take ten times that.")
  var maxTime: Double = 3

  @Option(help: "The seed of all inputs.")
  var seed: UInt64 = 1

  @Flag(help: "List the rows and measure nothing.")
  var list = false

  @Option(help: "Only rows whose id holds this text.")
  var filter: String?

  @OptionGroup var comparison: BaselineComparison

  @OptionGroup var output: OutputOptions

  func run() throws {
    let rows = try RowSelection(workloads: workloads, parameters: param, filter: filter).rows()
    guard !list else { return try output.write(try listing(rows)) }
    let baseline = try comparison.baseline(for: rows)
    let document = try measure(rows)
    let compared = baseline.map { comparison.document(from: $0, to: document) }
    try output.write(try comparison.rendered(document, compared, output))
    try comparison.save(document, output)
    if document.hasWrongAnswers { throw ExitCode.wrongAnswer }
    if document.interrupted { throw ExitCode.interrupted }
    if document.hasFailures { throw ExitCode.no }
    try compared?.end()
  }

  private func listing(_ rows: [Row]) throws -> String {
    if output.format == .text { return rows.map { $0.id + "\n" }.joined() }
    return try Table(title: "", columns: [.init("row")], rows: rows.map { [$0.id] })
      .rendered(as: output)
  }

  private func measure(_ rows: [Row]) throws -> RunDocument {
    let settings = try settings()
    let table = try BoxMeasurement(output: output).table()
    let pools = WorkerPools()
    Interruption.watch()
    let runner = Runner(
      table: table, machine: Machine.read(), pools: pools,
      providers: try providers(table: table, pools: pools), settings: settings)
    var progress = Progress(isQuiet: output.quiet)
    defer { progress.finish() }
    do throws(WorkloadError) {
      return try runner.run(
        rows, startedAt: Environment.now, isInterrupted: { Interruption.isPending },
        progress: { progress.show($0, share: $1) })
    } catch { throw Failure(error) }
  }

  private func settings() throws(Failure) -> Runner.Settings {
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
    table: KernelTable, pools: WorkerPools
  ) throws(Failure) -> [any KernelProvider] {
    var opened: [any KernelProvider] = []
    do throws(ProviderError) {
      for text in provider.split(separator: ",", omittingEmptySubsequences: false) {
        let name = try ProviderName(parsing: String(text))
        opened.append(
          try name.open(
            table: table, pools: pools, clock: MonotonicClock(), patience: max(2, 10 * maxTime),
            isInterrupted: { Interruption.isPending }))
      }
    } catch { throw Failure(error) }
    return opened
  }
}

/// Which rows a command line asks for.
struct RowSelection {
  let workloads: [String]
  let parameters: [String]
  let filter: String?

  /// The rows, in the order of the workloads named.
  ///
  /// Errors: usage, with the nearest right name for a wrong one.
  func rows() throws(Failure) -> [Row] {
    let chosen = try chosenWorkloads()
    let grid = try grid(for: chosen)
    try checkNothingIsMissing(chosen, grid)
    var rows: [Row] = []
    do throws(WorkloadError) {
      for workload in chosen {
        rows += try grid.rows(of: workload.axes).map { Row(workload, $0) }
      }
      // A wrong file is the command line's mistake, not the row's.
      for row in rows where row.workload.axes.contains(where: { $0.kind == .file }) {
        _ = try row.workload.cost(row.parameters)
      }
    } catch { throw Failure(error) }
    if let filter { rows = rows.filter { $0.id.contains(filter) } }
    guard !rows.isEmpty else {
      throw Failure(
        .usage, "no row has '\(filter ?? "")' in its id; --list without --filter shows all")
    }
    return rows
  }

  /// What has to be named and was not, in workloads that were.
  private func checkNothingIsMissing(_ chosen: [any Workload], _ grid: Grid) throws(Failure) {
    guard !workloads.isEmpty else { return }
    for workload in chosen {
      for axis in workload.axes where axis.usual.isEmpty && grid.values[axis.name] == nil {
        throw Failure(
          .usage,
          "\(workload.name) needs \(axis.name) (\(axis.meaning)); write --param \(axis.name)=…")
      }
    }
  }

  private func chosenWorkloads() throws(Failure) -> [any Workload] {
    guard !workloads.isEmpty else { return Workloads.all }
    var chosen: [any Workload] = []
    for name in workloads {
      guard let workload = Workloads.all.first(where: { $0.name == name }) else {
        throw unknown(name, "workload", among: Workloads.all.map(\.name))
      }
      if !chosen.contains(where: { $0.name == name }) { chosen.append(workload) }
    }
    return chosen
  }

  private func grid(for workloads: [any Workload]) throws(Failure) -> Grid {
    var grid = Grid()
    do throws(WorkloadError) { for text in parameters { try grid.add(text) } } catch {
      throw Failure(error)
    }
    var known: [String] = []
    for axis in workloads.flatMap(\.axes) where !known.contains(axis.name) {
      known.append(axis.name)
    }
    for name in grid.values.keys.sorted() where !known.contains(name) {
      throw unknown(
        name, "parameter of \(workloads.map(\.name).joined(separator: ", "))", among: known)
    }
    return grid
  }

  private func unknown(_ name: String, _ what: String, among known: [String]) -> Failure {
    let near = NearNames.near(name, in: known, limit: 1).first
    let advice = near.map { "did you mean \($0)?" } ?? "known: \(known.joined(separator: ", "))"
    return Failure(.usage, "'\(name)' is no \(what); \(advice)")
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
