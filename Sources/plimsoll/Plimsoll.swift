import ArgumentParser

/// The command: one verb a file.
@main
struct Plimsoll: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plimsoll",
    abstract: "Tells whether a box can carry an AI model, and proves it by measuring.",
    discussion: """
      Examples:
        plimsoll check llama-3.1-70b               can this box carry it, and how fast?
        plimsoll check model.gguf --context 32k    the same for a file you have
        plimsoll check qwen3-30b-a3b --box dgx-spark
        plimsoll profile                           what does this box really reach?
        plimsoll run matmul --param m=1,8,512      how fast are its kernels, or yours?
        plimsoll simulate llama-3.1-70b            what happens when it is as large as memory?
        plimsoll compare old.json new.json         what has changed between two runs?
        plimsoll report                            what does it carry, as a page?
        plimsoll audit measurements.jsonl          which published rates break physics?
        plimsoll list models

      Exit codes: 0 yes · 1 no · 2 cannot say · 3 wrong answers · 64 usage · 65 malformed input
      66 input not found · 69 the box refused a resource · 74 read or write failed · 130 interrupted
      """,
    version: "0.1.0",
    subcommands: [
      Check.self, ProfileCommand.self, RunCommand.self, SimulateCommand.self, CompareCommand.self,
      DuetCommand.self, BaselineCommand.self, ReportCommand.self, AuditCommand.self,
      CalibrateCommand.self, List.self,
      ServeKernels.self, DuetWorker.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      StandardError.print("plimsoll: \(failure.message)")
      exit(withError: failure.code)
    } catch {
      exit(withError: error)
    }
  }
}
