import ArgumentParser
import Capacity
import Harness
import Kernels
import Models
import Reports
import Units
import Workloads

/// `plimsoll list`: the names that other verbs take.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Lists models, boxes, kernels, workloads or suites by the names that other verbs take.",
    discussion: "Examples:\n  plimsoll list models\n  plimsoll list boxes --format json")

  /// What can be listed.
  enum Subject: String, CaseIterable, ExpressibleByArgument {
    case models, boxes, kernels, workloads, suites
  }

  @Argument(help: "models, boxes, kernels, workloads or suites.")
  var subject: Subject

  @OptionGroup var output: OutputOptions

  func run() throws {
    try output.write(try table().rendered(as: output.format, style: output.style))
  }

  private func table() throws -> Table {
    switch subject {
    case .models: try models()
    case .boxes: try boxes()
    case .kernels: kernels()
    case .workloads: workloads()
    case .suites: try suites()
    }
  }

  private func models() throws(Failure) -> Table {
    do throws(ModelError) {
      let rows = try Catalogue.entries().map { entry in
        [entry.id, Decimal.significant(Double(entry.parameterCount) / 1e9) + " B", entry.source]
      }
      return Table(
        title: "", columns: [.init("model"), .init("parameters", .right), .init("source")],
        rows: rows)
    } catch { throw Failure(error) }
  }

  private func boxes() throws -> Table {
    let rows = try BoxCatalogue.builtIn().entries.map { entry in
      [
        entry.id, entry.name, entry.memoryGiB.map { Decimal.significant($0) + " GiB" } ?? "–",
        Decimal.significant(entry.bandwidthGBs) + " GB/s",
      ]
    }
    return Table(
      title: "",
      columns: [
        .init("box"), .init("name"), .init("memory", .right), .init("bandwidth", .right),
      ],
      rows: rows, footnotes: ["Figures are the datasheets'; plimsoll profile measures."])
  }

  private func kernels() -> Table {
    let rows = InstructionSetName.allCases.map { name in
      [name.rawValue, KernelTable.named(name) == nil ? "not on this CPU" : "runs here"]
    }
    return Table(title: "", columns: [.init("kernels"), .init("here")], rows: rows)
  }

  private func workloads() -> Table {
    let rows = Workloads.all.flatMap { workload in
      [[workload.name, "", workload.summary, ""]]
        + workload.axes.map { axis in
          [
            "", axis.name, axis.meaning + choices(axis),
            axis.usual.map(\.description).joined(separator: ","),
          ]
        }
    }
    return Table(
      title: "",
      columns: [.init("workload"), .init("parameter"), .init("meaning"), .init("usual")], rows: rows
    )
  }

  private func suites() throws(Failure) -> Table {
    do throws(WorkloadError) {
      return Table(
        title: "", columns: [.init("suite"), .init("rows", .right), .init("for")],
        rows: try Suites.builtIn().map { [$0.name, "\($0.rows.count)", $0.summary] },
        footnotes: ["A file of your own is named by its path: plimsoll run --suite ./mine.suite"])
    } catch { throw Failure(error) }
  }

  private func choices(_ axis: Axis) -> String {
    if case .choice(let words) = axis.kind { ": " + words.joined(separator: ", ") } else { "" }
  }
}
