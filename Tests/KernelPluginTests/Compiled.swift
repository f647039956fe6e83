import Foundation

/// A new empty folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appending(path: "plimsoll-plugin-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// C compiled into shared libraries by the system's compiler.
enum Compiled {
  /// The compiler, or nil where there is none.
  static let compiler: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return ["cc", "clang", "gcc"].lazy
      .flatMap { name in folders.map { "\($0)/\(name)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// `source`, a file beside this one, as a shared library in `folder`, with macros defined.
  static func library(
    _ source: String, in folder: TemporaryFolder, defining macros: [String] = []
  ) throws -> String {
    let name = (["lib"] + macros).joined(separator: "-") + ".so"
    let tests = URL(filePath: #filePath).deletingLastPathComponent()
    let path = "\(folder.path)/\(name)"
    let header = package.appending(path: "Sources/KernelPlugin/include").path
    let arguments = ["-O1", "-shared", "-fPIC", "-I", header] + macros.map { "-D\($0)" }
    let end = try run(
      compiler ?? "cc", arguments + ["-o", path, tests.appending(path: source).path, "-lm"])
    guard end.status == 0 else { throw CompilationFailed(message: end.errors) }
    return path
  }

  struct CompilationFailed: Error { let message: String }

  /// How a program ended, and what it said.
  struct End {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Runs a program to its end.
  static func run(_ program: String, _ arguments: [String]) throws -> End {
    let folder = try TemporaryFolder()
    // Files, since a full pipe would block a program that nobody reads from.
    let (out, err) = ("\(folder.path)/out", "\(folder.path)/err")
    for path in [out, err] { FileManager.default.createFile(atPath: path, contents: nil) }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle(forWritingAtPath: out)
    process.standardError = FileHandle(forWritingAtPath: err)
    try process.run()
    process.waitUntilExit()
    return End(
      status: process.terminationStatus,
      output: try String(contentsOfFile: out, encoding: .utf8),
      errors: try String(contentsOfFile: err, encoding: .utf8))
  }

  /// The plimsoll executable that was built with these tests.
  static let plimsoll: String? = {
    if let named = ProcessInfo.processInfo.environment["PLIMSOLL_BINARY"] { return named }
    let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    return [folder, folder.deletingLastPathComponent(), package.appending(path: ".build/debug")]
      .map { $0.appending(path: "plimsoll").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()
}
