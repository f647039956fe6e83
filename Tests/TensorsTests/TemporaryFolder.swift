import Foundation

/// A new empty folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    path =
      FileManager.default.temporaryDirectory
      .appending(path: "plimsoll-test-\(UUID().uuidString)").path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func contents() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
