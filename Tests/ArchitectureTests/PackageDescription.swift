import Foundation

/// The folder that holds Package.swift.
let packageFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// What `swift package describe --type json` prints of this package.
struct PackageDescription: Decodable {
  struct Target: Decodable {
    let name: String
    let type: String
    let path: String
    let sources: [String]
    let targetDependencies: [String]?
    let productDependencies: [String]?
  }
  let targets: [Target]

  /// Asks SwiftPM, with a scratch folder of its own, since `swift test` holds the usual one.
  static func ofThisPackage() throws -> PackageDescription {
    let scratch = FileManager.default.temporaryDirectory
      .appending(path: "plimsoll-describe-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let output = try standardOutput(of: [
      "swift", "package", "--package-path", packageFolder.path, "--scratch-path", scratch.path,
      "describe", "--type", "json",
    ])
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(PackageDescription.self, from: output)
  }
}

/// A command that ended badly.
struct CommandFailed: Error {
  let command: [String]
  let status: Int32
}

/// Runs a command found on the PATH and gives what it printed.
func standardOutput(of command: [String]) throws -> Data {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = command
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    throw CommandFailed(command: command, status: process.terminationStatus)
  }
  return output
}
