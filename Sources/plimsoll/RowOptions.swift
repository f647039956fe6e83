import ArgumentParser
import Harness

/// Which rows are measured, as `run` and `duet` are told.
struct RowOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("What to measure.", valueName: "workload"))
  var workloads: [String] = []

  @Option(
    help: ArgumentHelp(
      "A suite by name (plimsoll list suites), or a file of your own by path.",
      valueName: "name|file"))
  var suite: String?

  @Option(help: ArgumentHelp("Values of a parameter, as m=1,8,512.", valueName: "name=values"))
  var param: [String] = []

  @Option(help: "Only rows whose id holds this text.")
  var filter: String?

  /// The rows that these options ask for.
  var selection: RowSelection {
    RowSelection(suite: suite, workloads: workloads, parameters: param, filter: filter)
  }
}
