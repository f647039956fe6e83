import Harness
import Models

/// The suites that are part of the program: `Benchmarks/Suites`.
public enum Suites {
  private static let files: [(name: String, text: [UInt8])] = [
    ("smoke", PackageResources.smoke_suite), ("ci", PackageResources.ci_suite),
    ("capacity", PackageResources.capacity_suite),
    // No identifier begins with a digit: the package manager replaces it.
    ("70b", PackageResources._0b_suite),
  ]

  /// All of them, the shortest first.
  ///
  /// Errors: none for a program whose tests passed.
  public static func builtIn() throws(WorkloadError) -> [Suite] {
    var suites: [Suite] = []
    for file in files {
      suites.append(
        try Suite(file.text, file: file.name + Suite.ending, workloads: Workloads.all))
    }
    return suites
  }

  /// The suite that `name` means: a file if it has a slash or ends in `.suite`, else one of the
  /// program's.
  ///
  /// Errors: `.notFound` with the nearest name, `.unreadable`, and those of `Suite`.
  public static func suite(_ name: String) throws(WorkloadError) -> Suite {
    if name.contains("/") || name.hasSuffix(Suite.ending) {
      return try Suite(try contents(name), file: name, workloads: Workloads.all)
    }
    if let file = files.first(where: { $0.name == name }) {
      return try Suite(file.text, file: name + Suite.ending, workloads: Workloads.all)
    }
    let names = files.map(\.name)
    let near = NearNames.near(name, in: names, limit: 1).first
    let advice = near.map { "did you mean \($0)?" } ?? "known: \(names.joined(separator: ", "))"
    throw WorkloadError(
      .notFound,
      "there is no suite '\(name)' in the program (a file of your own is named by its path, as "
        + "./mine.suite); \(advice)")
  }

  private static func contents(_ path: String) throws(WorkloadError) -> [UInt8] {
    do throws(ModelError) {
      return try InputFile(path: path).contents(limit: Suite.longest)
    } catch {
      switch error.kind {
      case .notFound: throw WorkloadError(.notFound, error.description)
      case .unreadable: throw WorkloadError(.unreadable, error.description)
      case .malformed, .unsupported, .usage: throw WorkloadError(.malformed, error.description)
      }
    }
  }
}
