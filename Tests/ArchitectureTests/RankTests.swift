import Foundation
import Testing

/// The plan of the house stays true: a module depends only on modules of a lower rank, by the manifest
/// and by what its files import.
@Suite struct RankTests {
  private let package: PackageDescription

  /// Every module's rank, by the rows of docs/ARCHITECTURE.md: `| 2 | Models, Measurement | … |`.
  private let ranks: [String: Int]

  init() throws {
    package = try PackageDescription.ofThisPackage()
    let page = packageFolder.appending(path: "docs/ARCHITECTURE.md")
    var ranks: [String: Int] = [:]
    for line in try String(contentsOf: page, encoding: .utf8).split(separator: "\n") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard line.hasPrefix("|"), cells.count == 3, let rank = Int(cells[0]) else { continue }
      for module in cells[1].split(separator: ", ") {
        #expect(ranks.updateValue(rank, forKey: String(module)) == nil, "\(module) is listed twice")
      }
    }
    self.ranks = ranks
  }

  @Test func everyManifestEdgeGoesDown() throws {
    let targets = package.targets.filter { $0.type != "test" }
    #expect(
      Set(targets.map(\.name)) == Set(ranks.keys), "modules, and those of docs/ARCHITECTURE.md")
    for target in targets {
      let rank = try #require(ranks[target.name])
      for dependency in target.targetDependencies ?? [] {
        let lower = try #require(ranks[dependency])
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
        where ranks[module] != nil || module == "ArgumentParser" {
          #expect(
            declared.contains(module), "\(target.path)/\(source) imports \(module) undeclared")
        }
      }
    }
  }

  private func imports(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      var words = line.split(separator: " ").drop {
        $0.hasPrefix("@") || $0 == "public" || $0 == "internal"
      }
      guard words.popFirst() == "import" else { return nil }
      return words.first.map(String.init)
    }
  }
}
