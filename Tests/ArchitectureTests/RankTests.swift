import Foundation
import Testing

/// The plan of the house stays true: a module depends only on modules of a lower rank, by the manifest
/// and by what its files import.
@Suite struct RankTests {
  private let package: PackageDescription

  init() throws { package = try PackageDescription.ofThisPackage() }

  static let ranks: [String: Int] = [
    "Units": 0, "CShims": 0, "KernelPlugin": 0,
    "Tensors": 1, "Hardware": 1, "KernelAlgorithms": 1, "KernelReference": 1, "Statistics": 1,
    "Charts": 1,
    "KernelsBaseline": 2, "KernelsAVX2": 2, "KernelsAVX512": 2, "KernelsNEON": 2, "Models": 2,
    "Measurement": 2,
    "Kernels": 3, "Capacity": 3, "TestSupport": 3,
    "Inference": 4, "Harness": 4,
    "Regression": 5, "Simulation": 5,
    "Workloads": 6, "Reports": 6,
    "plimsoll": 7,
  ]

  @Test func everyManifestEdgeGoesDown() throws {
    let targets = package.targets.filter { $0.type != "test" }
    #expect(
      Set(targets.map(\.name)) == Set(Self.ranks.keys), "a module has no rank, or a rank no module")
    for target in targets {
      let rank = try #require(Self.ranks[target.name])
      for dependency in target.targetDependencies ?? [] {
        let lower = try #require(Self.ranks[dependency])
        #expect(
          lower < rank, "\(target.name) (rank \(rank)) must not depend on \(dependency) (\(lower))")
      }
    }
  }

  /// SwiftPM lets a file import what only its dependencies depend on; this does not.
  @Test func everyImportIsDeclared() throws {
    for target in package.targets {
      let declared = Set((target.targetDependencies ?? []) + (target.productDependencies ?? []))
      for source in target.sources where source.hasSuffix(".swift") {
        let file = packageFolder.appending(path: target.path).appending(path: source)
        let text = try String(contentsOf: file, encoding: .utf8)
        for module in imports(in: text)
        where Self.ranks[module] != nil || module == "ArgumentParser" {
          #expect(
            declared.contains(module), "\(target.path)/\(source) imports \(module) undeclared")
        }
      }
    }
  }

  private func imports(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      var words = line.split(separator: " ").drop { $0.hasPrefix("@") || $0 == "public" }
      guard words.popFirst() == "import" else { return nil }
      return words.first.map(String.init)
    }
  }
}
