import Testing

@testable import Kernels

private let names = KernelTable.supported.map(\.instructionSet)

/// 16-bit floats, every one of them, against the standard library or the definition.
@Suite struct ConversionTests {
  @Test(arguments: names)
  func everyHalfWidensExactlyAndComesBack(name: InstructionSetName) throws {
    let kernels = try #require(KernelTable.named(name)).conversions
    let halves = (0...UInt16.max).map { $0 }
    var floats = [Float](repeating: 0, count: halves.count)
    var back = [UInt16](repeating: 0, count: halves.count)
    kernels.widenHalf(halves, &floats, halves.count)
    kernels.narrowHalf(floats, &back, halves.count)
    for (half, (float, again)) in zip(halves, zip(floats, back)) {
      let exact = Self.value(half: half)
      if exact.isNaN {
        #expect(float.isNaN && Self.value(half: again).isNaN)
      } else {
        #expect(Double(float) == exact && again == half, "\(half)")
      }
    }
  }

  /// Numbers at, just below and just above every midpoint of two halves go to the nearest, ties to even.
  @Test(arguments: names)
  func halvesRoundToNearestEven(name: InstructionSetName) throws {
    let kernels = try #require(KernelTable.named(name)).conversions
    var (floats, expected): ([Float], [UInt16]) = ([], [])
    for half in UInt16(0)..<0x7BFF {
      let middle = Float((Self.value(half: half) + Self.value(half: half + 1)) / 2)
      floats += [middle.nextDown, middle, middle.nextUp, -middle.nextUp]
      expected += [half, half + half % 2, half + 1, (half + 1) | 0x8000]
    }
    floats += [65519.99, 65520, .greatestFiniteMagnitude, .infinity, 1e-30, -0.0]
    expected += [0x7BFF, 0x7C00, 0x7C00, 0x7C00, 0, 0x8000]
    var halves = [UInt16](repeating: 0, count: floats.count)
    kernels.narrowHalf(floats, &halves, floats.count)
    #expect(zip(floats, zip(halves, expected)).first { $1.0 != $1.1 } == nil)
  }

  @Test(arguments: names, [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 1001])
  func brainsRoundToNearestEvenAtAnyLength(name: InstructionSetName, count: Int) throws {
    let kernels = try #require(KernelTable.named(name)).conversions
    let floats = (0..<count).map { index in
      Float(bitPattern: UInt32(truncatingIfNeeded: (index + 1) &* 0x9E37_79B9))
    }
    var brains = [UInt16](repeating: 0x1234, count: count + 1)
    var back = [Float](repeating: 7, count: count + 1)
    kernels.narrowBrain(floats, &brains, count)
    kernels.widenBrain(brains, &back, count)
    for (index, float) in floats.enumerated() where !float.isNaN {
      let (bits, low) = (float.bitPattern >> 16, float.bitPattern & 0xFFFF)
      let up = low > 0x8000 || (low == 0x8000 && bits % 2 == 1)
      #expect(UInt32(brains[index]) == bits + (up ? 1 : 0))
      #expect(back[index].bitPattern == UInt32(brains[index]) << 16)
    }
    #expect(zip(floats, back).allSatisfy { $0.isNaN == $1.isNaN })
    #expect(brains[count] == 0x1234 && back[count] == 7)
  }

  /// The value of a half by its definition: IEEE 754, binary16.
  private static func value(half: UInt16) -> Double {
    let (exponent, fraction) = (Int(half >> 10 & 31), Double(half & 0x3FF))
    let sign = half >> 15 == 0 ? 1.0 : -1.0
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
  }
}
