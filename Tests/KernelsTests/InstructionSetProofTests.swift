import Foundation
import Testing

/// The program keeps its instruction sets apart: no function is there twice, so that the linker has none to
/// drop, and wide registers are only in the functions of the module that was compiled for them.
@Suite struct InstructionSetProofTests {
  /// Disassembled once for all tests: the program has some hundred thousand lines.
  private static let disassembly = Result { try functions() }

  /// Disassembled functions of this project's modules: mangled name and instructions.
  private static func functions() throws -> [(name: String, body: [Substring])] {
    let binary = try #require(executable(), "no plimsoll executable was built")
    let text = try output(of: "objdump", ["-d", "--no-show-raw-insn", "-w", binary])
    var functions: [(name: String, body: [Substring])] = []
    var isOurs = false
    for line in text.split(separator: "\n") {
      if line.utf8.first == UInt8(ascii: " ") {
        if isOurs { functions[functions.count - 1].body.append(line) }
      } else if line.hasSuffix(">:"), let start = line.firstIndex(of: "<") {
        let name = String(line[line.index(after: start)...].dropLast(2))
        isOurs = name.contains("Kernel") || name.contains("8plimsoll")
        if isOurs { functions.append((name, [])) }
      }
    }
    return functions
  }

  /// Whether a mangled name is of a module or, as specialised functions are, of its tag: there the
  /// module may be no more than a back reference.
  private static func belongs(_ name: String, to tag: String) -> Bool {
    name.contains("Kernels\(tag)") || name.contains("\(tag.count)\(tag)")
  }

  private static let packageFolder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func executable() -> String? {
    if let named = ProcessInfo.processInfo.environment["PLIMSOLL_BINARY"] { return named }
    let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let candidates = [folder, folder.deletingLastPathComponent()].map {
      $0.appending(path: "plimsoll").path
    }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
      ?? builtBesideTheSources()
  }

  private static func builtBesideTheSources() -> String? {
    let path = packageFolder.appending(path: ".build/debug/plimsoll").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  private static func output(of command: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [command] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  private static let hasObjdump = FileManager.default.isExecutableFile(atPath: "/usr/bin/objdump")
  private static let hasNM = FileManager.default.isExecutableFile(atPath: "/usr/bin/nm")

  /// The linker keeps one of two functions of a name, whatever CPU it was compiled for.
  @Test(.enabled(if: hasNM, "nm (binutils) is not installed"))
  func noFunctionIsInTwoModules() throws {
    let sources = try Self.entries(of: Self.packageFolder.appending(path: "Sources"))
    let ofSets = Set(sources.map(\.lastPathComponent).filter { $0.hasPrefix("Kernels") })
      .subtracting(["Kernels"])
    let modules = try Self.modulesOfFunctions()
    let found = ofSets.intersection(modules.values.joined())
    #expect(
      found.count >= 2, "of \(ofSets.sorted()), objects beside the program: \(found.sorted())")
    for (function, modules) in modules where modules.count > 1 && !modules.isDisjoint(with: ofSets)
    {
      Issue.record("\(function) is in \(modules.sorted().joined(separator: ", "))")
    }
  }

  /// The modules whose objects, which lie beside the program, define a function of Swift's that others see.
  private static func modulesOfFunctions() throws -> [String: Set<String>] {
    let binary = try #require(executable(), "no plimsoll executable was built")
    var modules: [String: Set<String>] = [:]
    // `.build/release` is a link, and Foundation lists no links.
    let products = URL(filePath: binary).resolvingSymlinksInPath().deletingLastPathComponent()
    for folder in try entries(of: products) where folder.pathExtension == "build" {
      let objects = try entries(of: folder).filter { $0.pathExtension == "o" }.map(\.path)
      guard !objects.isEmpty else { continue }
      let module = folder.deletingPathExtension().lastPathComponent
      for line in try output(of: "nm", ["--defined-only"] + objects).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count == 3, "TW".contains(words[1]), words[2].contains("$s") else { continue }
        modules[String(words[2]), default: []].insert(module)
      }
    }
    return modules
  }

  private static func entries(of folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
  }

  #if arch(x86_64)
    @Test(.enabled(if: hasObjdump, "objdump (binutils) is not installed"))
    func wideRegistersStayInTheirModules() throws {
      let functions = try Self.disassembly.get()
      var wide: [String: Int] = [:]
      for function in functions {
        let usesYMM = function.body.contains { $0.contains("%ymm") }
        let usesZMM = function.body.contains { $0.contains("%zmm") }
        let isAVX512 = Self.belongs(function.name, to: "AVX512")
        let isAVX2 = Self.belongs(function.name, to: "AVX2")
        if usesZMM { #expect(isAVX512, "\(function.name) has zmm registers") }
        if usesYMM { #expect(isAVX2 || isAVX512, "\(function.name) has ymm registers") }
        if usesYMM, isAVX2 { wide["AVX2", default: 0] += 1 }
        if usesZMM { wide["AVX512", default: 0] += 1 }
      }
      // The proof would be empty if the kernels were not there or not vectorised.
      #expect((wide["AVX2"] ?? 0) >= 7 && (wide["AVX512"] ?? 0) >= 7, "\(wide)")
    }

    @Test(.enabled(if: hasObjdump, "objdump (binutils) is not installed"))
    func theMicroKernelStaysInRegisters() throws {
      let kernels = try Self.disassembly.get().filter {
        Self.belongs($0.name, to: "AVX2") && $0.name.contains("MatrixKernels")
      }
      let loop = try #require(
        kernels.compactMap { Self.innerLoop(of: $0.body) }.max { $0.count < $1.count })
      let multiplyAdds = loop.count { $0.contains("vfmadd") && $0.contains("%ymm") }
      let broadcasts = loop.count { $0.contains("vbroadcastss") }
      let onStack = loop.count { $0.contains("(%rsp)") || $0.contains("(%rbp)") }
      #expect(multiplyAdds == 48, "4 steps of 6 × 2 vectors")
      #expect(broadcasts == 24)
      // One row of B may be parked; an accumulator on the stack would show as many more.
      #expect(onStack <= 4)
      #expect(!loop.contains { $0.contains("call") })
    }

    /// The shortest run of instructions that ends in a jump back to its start and has 40
    /// multiply-adds or more, which the tile for few rows has not.
    private static func innerLoop(of body: [Substring]) -> ArraySlice<Substring>? {
      func address(_ line: Substring) -> Int? {
        Int(line.split(separator: ":").first?.drop { $0 == " " } ?? "", radix: 16)
      }
      var best: ArraySlice<Substring>?
      for (end, line) in body.enumerated() {
        let words = line.split { $0 == " " || $0 == "\t" }
        guard words.count >= 3, words[1].hasPrefix("j"), let target = Int(words[2], radix: 16),
          let start = body[...end].firstIndex(where: { address($0) == target })
        else { continue }
        let loop = body[start...end]
        guard loop.count(where: { $0.contains("vfmadd") }) >= 40 else { continue }
        if loop.count < best?.count ?? .max { best = loop }
      }
      return best
    }
  #endif
}
