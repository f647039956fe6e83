import ArgumentParser
import Capacity
import Reports

/// `plimsoll calibrate FILE`: what share of a datasheet do runtimes reach, and how sure is that?
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract:
      "Fits what runtimes make of a device on published rates, and tells the error, fine-tuning's too.",
    discussion: """
      FILE is as for plimsoll audit; processors are taken where ceilings stand beside the rate
      (Benchmarks/Published). A token takes so many times the ideal time for its bytes, for its arithmetic and
      so on; these numbers are fitted for each runtime and family of chips, by least absolute relative errors. The
      error shown is that on devices, and on models, that were left out of the fit.

      Lines of kind finetune are held against what plimsoll check --train predicts: peak_mem_gib, peak_mem_gb or
      outcome OOM, and train_tok_s. Each needs seq_len, and a recipe: in which points the run differs from what its
      program does by default, as rank, targets, optimizer, checkpointing, offloading, fused, logit_bytes,
      master_copy, step_in_backward, double_quantised, upcasts.

      Examples:
        plimsoll calibrate measurements.jsonl
        plimsoll calibrate measurements.jsonl more.jsonl --format json --output profiles.json

      Exit codes: 0 done · 2 too few rates to fit and no fine-tuning · 65 not such a file · 66 file not found.
      """)

  @Argument(help: ArgumentHelp("Measurements, one a line.", valueName: "file"))
  var files: [String]

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (published, catalogue) = (try files.map(measurements), try builtInBoxes())
    let calibration = Calibration(published, catalogue: catalogue)
    let training = TrainingErrors(published, catalogue: catalogue)
    let report = CalibrationReport(
      calibration, training: training, file: files.joined(separator: ", "))
    try output.write(try report.rendered(as: output.format, style: output.style))
    if calibration.profiles.isEmpty && training.groups.isEmpty { throw ExitCode.cannotSay }
  }
}
