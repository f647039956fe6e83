import ArgumentParser
import Capacity
import Reports

/// `plimsoll calibrate FILE`: what share of a datasheet do runtimes reach, and how sure is that?
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fits what runtimes make of a device on published rates, and tells the error.",
    discussion: """
      FILE is as for plimsoll audit; processors are taken where ceilings stand beside the rate
      (Benchmarks/Published). A token takes so many times the ideal time for its bytes, for its arithmetic and
      so on; these numbers are fitted for each runtime and family of chips, by least absolute relative errors. The error shown is that on devices, and on models, that were left out of the fit.

      Examples:
        plimsoll calibrate measurements.jsonl
        plimsoll calibrate measurements.jsonl more.jsonl --format json --output profiles.json

      Exit codes: 0 fitted · 2 too few rates to fit · 65 not such a file · 66 file not found.
      """)

  @Argument(help: ArgumentHelp("Measurements, one a line.", valueName: "file"))
  var files: [String]

  @OptionGroup var output: OutputOptions

  func run() throws {
    let calibration = Calibration(try files.map(measurements), catalogue: try builtInBoxes())
    let report = CalibrationReport(calibration, file: files.joined(separator: ", "))
    try output.write(try report.rendered(as: output.format, style: output.style))
    if calibration.profiles.isEmpty { throw ExitCode.cannotSay }
  }
}
