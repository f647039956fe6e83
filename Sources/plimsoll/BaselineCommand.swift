import ArgumentParser
import Hardware
import Harness
import Regression
import Reports

/// `plimsoll baseline …`: the runs kept to be compared with.
struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Lists, shows, saves and deletes the runs kept to be compared with.",
    discussion: """
      Baselines lie in baselines/<box>/<name>.json of the working folder; --baselines names another
      folder. A box is told by its fingerprint (default: this one's).

      Examples:
        plimsoll run matmul --save-baseline main
        plimsoll run matmul --baseline main
        plimsoll baseline list
        plimsoll baseline show main
        plimsoll baseline save main run.json
        plimsoll baseline delete main
      """,
    subcommands: [ListBaselines.self, ShowBaseline.self, SaveBaseline.self, DeleteBaseline.self],
    defaultSubcommand: ListBaselines.self)
}

/// Where baselines lie.
struct BaselineOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder of baselines.", valueName: "dir"))
  var baselines: String = "baselines"

  var store: BaselineStore { BaselineStore(folder: baselines) }

  /// Does what throws the store's errors.
  func attempt<Value>(
    _ work: (BaselineStore) throws(RegressionError) -> Value
  ) throws(Failure) -> Value {
    do throws(RegressionError) { return try work(store) } catch { throw Failure(error) }
  }
}

/// One baseline.
struct BaselineSelection: ParsableArguments {
  @Argument(help: "The baseline's name.")
  var name: String

  @Option(help: ArgumentHelp("The box (default: this one).", valueName: "fingerprint"))
  var box: String?

  @OptionGroup var place: BaselineOptions

  var fingerprint: String { box ?? MachineFingerprint(Machine.read()).description }
}

/// `plimsoll baseline list`
struct ListBaselines: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the baselines of all boxes.")

  @OptionGroup var place: BaselineOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let rows = place.store.entries.map { entry in
      [entry.name, entry.fingerprint, state(entry), entry.path]
    }
    try output.write(
      Table(
        title: "",
        columns: [.init("baseline"), .init("box"), .init("results", .right), .init("file")],
        rows: rows
      ).rendered(as: output.format, style: output.style))
  }

  private func state(_ entry: BaselineStore.Entry) -> String {
    do throws(RegressionError) {
      let run = try place.store.load(fingerprint: entry.fingerprint, name: entry.name)
      return "\(run.results.count)"
    } catch { return "unusable: \(error.description)" }
  }
}

/// `plimsoll baseline show NAME`
struct ShowBaseline: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows a baseline as plimsoll run showed it.")

  @OptionGroup var selection: BaselineSelection
  @OptionGroup var output: OutputOptions

  func run() throws {
    let run = try selection.place.attempt { (store) throws(RegressionError) in
      try store.load(fingerprint: selection.fingerprint, name: selection.name)
    }
    try output.write(try RunReport(run).rendered(as: output.format, style: output.style))
  }
}

/// `plimsoll baseline save NAME RUN`
struct SaveBaseline: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Keeps a run's file as a baseline of the box it was measured on."
  )

  @Argument(help: "The baseline's name.")
  var name: String

  @Argument(help: ArgumentHelp("What plimsoll run wrote as JSON."))
  var file: String

  @OptionGroup var place: BaselineOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let run = try storedRun(file)
    let entry = try place.attempt { (store) throws(RegressionError) in
      try store.save(run, name: name)
    }
    try output.write(Table(entry).rendered(as: output.format, style: output.style))
  }
}

/// `plimsoll baseline delete NAME`
struct DeleteBaseline: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Deletes a baseline.")

  @OptionGroup var selection: BaselineSelection
  @OptionGroup var output: OutputOptions

  func run() throws {
    let entry = try selection.place.attempt { (store) throws(RegressionError) in
      try store.delete(fingerprint: selection.fingerprint, name: selection.name)
    }
    try output.write(Table(entry).rendered(as: output.format, style: output.style))
  }
}

extension Table {
  /// One baseline.
  fileprivate init(_ entry: BaselineStore.Entry) {
    self.init(
      title: "", columns: [.init("baseline"), .init("box"), .init("file")],
      rows: [[entry.name, entry.fingerprint, entry.path]])
  }
}
