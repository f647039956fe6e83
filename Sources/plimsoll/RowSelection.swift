import Harness
import Models
import Workloads

/// Which rows a command line asks for.
struct RowSelection {
  var suite: String?
  var workloads: [String] = []
  var parameters: [String] = []
  var filter: String?

  /// The suite that is named, read; nil for none.
  ///
  /// Errors: usage for a suite and rows of the command line together, not found, malformed.
  func namedSuite() throws(Failure) -> Suite? {
    guard let suite else { return nil }
    guard workloads.isEmpty, parameters.isEmpty else {
      throw Failure(
        .usage, "--suite has its own rows; leave WORKLOAD and --param out (--filter narrows it)")
    }
    do throws(WorkloadError) { return try Suites.suite(suite) } catch { throw Failure(error) }
  }

  /// The rows, in the order of the suite or of the workloads named.
  ///
  /// Errors: usage, with the nearest right name for a wrong one; those of `namedSuite`.
  func rows() throws(Failure) -> [Row] {
    let suite = try namedSuite()
    var rows = if let suite { suite.rows } else { try gridRows() }
    if let filter { rows = rows.filter { $0.id.contains(filter) } }
    guard !rows.isEmpty else {
      throw Failure(
        .usage, "no row has '\(filter ?? "")' in its id; --list without --filter shows all")
    }
    return rows
  }

  private func gridRows() throws(Failure) -> [Row] {
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
