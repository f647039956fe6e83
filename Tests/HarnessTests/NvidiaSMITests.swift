import Foundation
import Hardware
import Testing
import Units

@testable import Harness

@Suite struct NvidiaSMITests {
  @Test func aCardALine() {
    let table = """
      00000000:41:00.0, NVIDIA H100 80GB HBM3, 81559
      00000000:C1:00.0, NVIDIA GB10, [N/A]
      No devices were found

      """
    #expect(
      NvidiaSMI.accelerators(in: Array(table.utf8)) == [
        Accelerator(
          address: "0000:41:00.0", vendor: "NVIDIA", name: "NVIDIA H100 80GB HBM3",
          memory: Bytes(81_559 << 20)),
        Accelerator(address: "0000:c1:00.0", vendor: "NVIDIA", name: "NVIDIA GB10", memory: nil),
      ])
  }

  /// A program in a folder of its own stands on the path, and prints `output`.
  private func withProgram(_ script: String, _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "plimsoll-smi-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "nvidia-smi")
    try script.write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    try body(folder.path)
  }

  @Test func theProgramIsAsked() throws {
    try withProgram("#!/bin/sh\necho \"00000000:01:00.0, NVIDIA L4, 23034\"\n") { folder in
      let cards = Accelerator.found(files: SystemFiles(root: folder), searchPath: folder)
      #expect(cards.map(\.name) == ["NVIDIA L4"] && cards.first?.memory == Bytes(23_034 << 20))
    }
  }

  @Test func withoutADriverTheSystemsListStands() throws {
    try withProgram("#!/bin/sh\necho 'NVIDIA-SMI has failed'\nexit 9\n") { folder in
      #expect(Accelerator.found(files: SystemFiles(root: folder), searchPath: folder).isEmpty)
    }
    #expect(NvidiaSMI(searchPath: "/nowhere:") == nil)
  }
}
