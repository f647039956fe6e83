import Foundation
import KernelAlgorithms
import Tensors
import Testing

@testable import Kernels

/// Block formats against golden vectors of an independent implementation, bit for bit.
@Suite struct BlockFormatTests {
  /// All that have kernels, and those of them that are a rounding.
  static let types = ElementType.allCases.filter { kernels($0) != nil }
  private static let rounded = types.filter { kernels($0)?.quantise != nil }

  private static func kernels(_ type: ElementType) -> FormatKernels? {
    KernelTable.named(.baseline)?.kernels(for: type)
  }

  @Test(arguments: KernelTable.supported.map(\.instructionSet), types)
  func weightsAreThoseOfTheGoldenVectors(name: InstructionSetName, type: ElementType) throws {
    let kernels = try #require(KernelTable.named(name)?.kernels(for: type))
    let blocks = try golden("\(type.rawValue).blocks")
    let expected = try golden("\(type.rawValue).f32").map(UInt32.self)
    let count = blocks.count / kernels.block.bytes
    var weights = [Float](repeating: .nan, count: count * kernels.block.columns)
    blocks.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      kernels.dequantise(base, count, &weights)
    }
    #expect(weights.count == 2048 && weights.map(\.bitPattern) == expected)
  }

  @Test(arguments: KernelTable.supported.map(\.instructionSet), rounded)
  func blocksAreThoseOfTheGoldenVectors(name: InstructionSetName, type: ElementType) throws {
    let kernels = try #require(KernelTable.named(name)?.kernels(for: type))
    let quantise = try #require(kernels.quantise)
    let source = try golden("\(type.rawValue).source").map(Float.self)
    let expected = try golden("\(type.rawValue).quantised")
    var blocks = [UInt8](repeating: 0, count: expected.count)
    for index in 0..<source.count / 32 {
      source.withUnsafeBufferPointer { source in
        blocks.withUnsafeMutableBytes { blocks in
          guard let from = source.baseAddress, let to = blocks.baseAddress else { return }
          quantise(from + 32 * index, to + kernels.block.bytes * index)
        }
      }
    }
    #expect(source.count == 512 && blocks == expected)
  }

  private func golden(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    return [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }
}

extension [UInt8] {
  /// The bytes as little-endian numbers.
  fileprivate func map<T: BitwiseCopyable>(_ type: T.Type) -> [T] {
    withUnsafeBytes { [T]($0.bindMemory(to: type)) }
  }
}
