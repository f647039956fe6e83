#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The page that GitHub Actions shows for a step: Markdown that is added to the file which
/// `GITHUB_STEP_SUMMARY` names.
///
/// Source: docs.github.com, Workflow commands, "Adding a job summary".
enum StepSummary {
  private static let variable = "GITHUB_STEP_SUMMARY"

  /// Adds `markdown` where the variable is set; gives the reason when that can't be done, which is
  /// worth a note and spoils no result.
  static func append(_ markdown: String, environment: [String: String]) -> String? {
    guard let path = environment[variable], !path.isEmpty else { return nil }
    // A pipe that nobody reads would make the open wait for ever.
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK
    let descriptor = open(path, flags, 0o666)
    guard descriptor >= 0 else { return reason(path) }
    defer { close(descriptor) }
    // What others wrote before may not end its line, and a heading has to begin one.
    var bytes = Array(("\n" + markdown).utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return reason(path) }
      bytes = bytes.dropFirst(written)
    }
    return nil
  }

  private static func reason(_ path: String) -> String {
    "the summary was not added to \(path), which \(variable) names: "
      + String(cString: strerror(errno))
  }
}

extension Output {
  /// Adds `markdown` to the page of the CI's step, where there is one.
  func summarise(_ markdown: String) {
    if let reason = StepSummary.append(markdown, environment: Environment.variables) {
      note(reason)
    }
  }
}
