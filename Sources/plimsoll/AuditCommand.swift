import ArgumentParser
import Capacity
import Harness
import Reports

/// `plimsoll audit FILE`: which published rates break physics?
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Holds published rates against what a device's memory and arithmetic allow.",
    discussion: """
      FILE has a JSON object a line: id, kind, device (plimsoll list boxes), model, quant, runtime, and the
      rates decode_tok_s, prefill_tok_s, train_tok_s or mean_tflops. A rate above what the datasheet's
      bandwidth and peak allow, with no overhead at all, is no rate of real tokens on that device. A rate
      below it may be wrong all the same.

      Examples:
        plimsoll audit measurements.jsonl
        plimsoll audit claims.jsonl --format csv --output claims.csv

      Exit codes: 0 nothing breaks physics · 1 something does · 2 nothing could be judged · 65 not such a
      file · 66 file not found.
      """)

  @Argument(help: ArgumentHelp("Measurements, one a line.", valueName: "file"))
  var file: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let audit = Audit(try measurements(file), catalogue: try builtInBoxes())
    let report = AuditReport(audit, file: file)
    try output.write(try report.rendered(as: output.format, style: output.style))
    if audit.claims.contains(where: \.isImpossible) { throw ExitCode.no }
    if audit.claims.allSatisfy({ $0.limit == nil }) { throw ExitCode.cannotSay }
  }
}

/// The catalogue of the program.
func builtInBoxes() throws(Failure) -> BoxCatalogue {
  do throws(CapacityError) { return try BoxCatalogue.builtIn() } catch {
    throw Failure(.malformed, error.description)
  }
}

/// The measurements in the file at `path`.
func measurements(_ path: String) throws(Failure) -> MeasurementFile {
  let text: [UInt8]
  do throws(DocumentFile.ReadFailure) { text = try DocumentFile.contents(path) } catch {
    switch error {
    case .notFound: throw Failure(.notFound, "there is no file \(path); check the path")
    case .unreadable(let reason): throw Failure(.inputOutput, "\(path): \(reason)")
    case .malformed(let reason): throw Failure(.malformed, "\(path): \(reason)")
    }
  }
  do throws(CapacityError) { return try MeasurementFile(text) } catch {
    throw Failure(.malformed, "\(path): \(error.description)")
  }
}
