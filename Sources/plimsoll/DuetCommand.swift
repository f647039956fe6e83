import ArgumentParser
import Hardware
import Harness
import Kernels
import Regression
import Reports
import Units

/// `plimsoll duet --base PROGRAM|PROVIDER`: did anything get slower?
struct DuetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duet",
    abstract: "Compares two plimsoll programs or providers side by side: did anything get slower?",
    discussion: """
      Base, base once more and new run as processes of their own and take turns in short segments, never
      two at a time. A slowdown of 5 % is looked for over all rows, in two stages, with an error of 1 %
      for the whole suite; docs/GATE.md has the method.

      An arm is the path of a plimsoll program (with a slash: ./plimsoll), or a provider served by
      this one: plimsoll, cblas:PATH or plugin:PATH.

      Examples:
        plimsoll duet --base ./plimsoll-old --suite ci
        plimsoll duet --base plugin:./old.so --new plugin:./new.so gemv --param type=f32
        plimsoll duet --base ./plimsoll-old --new ./plimsoll-new matmul --threads 1
        plimsoll duet --base plimsoll --suite ci --rehearse       see the gate fail

      Exit codes: 0 nothing slower · 1 something slower, or a kernel failed · 2 inconclusive · 3 a kernel
      was wrong · 64 usage · 65 no such program, library or suite · 66 not found · 69 the box refused a
      resource · 130 interrupted, what was decided is written.
      """)

  @Option(help: ArgumentHelp("What is compared with.", valueName: "program|provider"))
  var base: String

  @Option(
    help: ArgumentHelp(
      "What is judged (default: the kernels of this program).", valueName: "program|provider"))
  var new: String = "plimsoll"

  @OptionGroup var asked: RowOptions

  @Option(help: "Number of threads (default: the row's in the suite, else all processors).")
  var threads: String?

  @Option(help: "Seconds after which no further row begins; what lacks pairs is inconclusive.")
  var maxTime: Double = 600

  @Option(help: "The seed of inputs and orders.")
  var seed: UInt64 = 1

  @Flag(help: "Let new make 21 calls for 20 of base in every row, so that the gate has to fail.")
  var rehearse = false

  @OptionGroup var output: ComparisonOutput

  func run() throws {
    let selection = asked.selection
    let rows = try selection.rows()
    let document = try measure(rows, of: try selection.namedSuite()?.name)
    try output.tell(CompareReport(document))
    if document.hasWrongAnswers { throw ExitCode.wrongAnswer }
    if document.interrupted { throw ExitCode.interrupted }
    if document.hasFailures { throw ExitCode.no }
    switch document.verdict {
    case .same, .faster: break
    case .slower: throw ExitCode.no
    case .inconclusive: throw ExitCode.cannotSay
    }
  }

  private func measure(_ rows: [Row], of suite: String?) throws(Failure) -> CompareDocument {
    // Threads that were asked for go before a suite's.
    let rows = threads == nil ? rows : rows.map(\.onThreadsOfTheRun)
    var progress = Progress(isQuiet: output.quiet)
    defer { progress.finish() }
    do throws(ProviderError) {
      let duet = Duet(
        base: try DuetArm(parsing: base), new: try DuetArm(parsing: new), settings: try settings(),
        maxTime: maxTime)
      Interruption.watch()
      let result = try duet.run(
        rows, isInterrupted: { Interruption.isPending },
        progress: { progress.show($0, share: $2, detail: $1) })
      return CompareDocument(result, suite: suite, base: base, new: new)
    } catch { throw Failure(error) }
  }

  private func settings() throws(ProviderError) -> DuetSettings {
    guard maxTime > 0, maxTime <= 86_400 else {
      throw ProviderError(.usage, "--max-time \(maxTime): expected more than 0 and 86400 s at most")
    }
    var settings = DuetSettings(threads: WorkerPool.availableProcessors, seed: seed)
    if let threads {
      guard let count = Int(threads), (1...1024).contains(count) else {
        throw ProviderError(.usage, "--threads '\(threads)': expected a number from 1 to 1024")
      }
      settings.threads = count
    }
    settings.patience = min(settings.patience, max(2, maxTime))
    settings.isRehearsal = rehearse
    return settings
  }
}
