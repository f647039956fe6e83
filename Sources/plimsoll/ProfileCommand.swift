import ArgumentParser
import Hardware
import Harness
import Reports

/// `plimsoll profile`: what does this box really reach?
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Measures this box: memory, caches, cores and disk, each with an interval.",
    discussion: """
      Takes about ten seconds. The profile is stored in the data folder (XDG_DATA_HOME) under the
      box's fingerprint, and used by check.

      Examples:
        plimsoll profile
        plimsoll profile --fresh --directory /mnt/models
        plimsoll profile --export my-box.json
        plimsoll check llama-3.1-70b --box my-box.json
      """)

  @Flag(help: "Measure again, also where a profile is stored.")
  var fresh = false

  @Option(help: "The folder whose disk is measured (default: the working folder).")
  var directory: String?

  @Option(help: "Write the profile also to a file that check --box takes, on any box.")
  var export: String?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let box = BoxMeasurement(output: output, folder: directory)
    let profile = try box.profile(fresh: fresh || directory != nil)
    let report = ProfileReport(profile, health: box.health(profile))
    if let export {
      let document = try report.rendered(as: .json)
      do throws(FileWriteError) { try AtomicFile.write(document, to: export) } catch {
        throw Failure(.inputOutput, error.description)
      }
    }
    try output.write(try report.rendered(as: output.format, style: output.style))
  }
}
