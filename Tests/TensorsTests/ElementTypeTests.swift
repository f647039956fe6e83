import Tensors
import Testing

@Suite struct ElementTypeTests {
  /// Source: the bits per weight that llama.cpp's own tables and pull requests give each format.
  @Test(arguments: [
    (ElementType.f32, 32), (.bf16, 16), (.f4, 4), (.f6E2M3, 6), (.q4_0, 4.5), (.q4_1, 5),
    (.q5_0, 5.5), (.q5_1, 6), (.q8_0, 8.5), (.q2K, 2.625), (.q3K, 3.4375), (.q4K, 4.5),
    (.q5K, 5.5), (.q6K, 6.5625), (.q8K, 9.125), (.iq1S, 1.5625), (.iq1M, 1.75),
    (.iq2XXS, 2.0625), (.iq2XS, 2.3125), (.iq2S, 2.5625), (.iq3XXS, 3.0625), (.iq3S, 3.4375),
    (.iq4NL, 4.5), (.iq4XS, 4.25), (.tq1_0, 1.6875), (.tq2_0, 2.0625), (.mxfp4, 4.25),
    (.nvfp4, 4.5), (.q1_0, 1.125), (.q2_0, 2.25),
  ])
  func bitsPerElement(type: ElementType, bits: Double) {
    #expect(type.bitsPerElement == bits)
  }

  /// Each K and IQ format from the fields of its block: half-precision scales, packed scales, bits.
  @Test(arguments: [
    (ElementType.q4_0, 2 + 16), (.q5_0, 2 + 4 + 16), (.q8_0, 2 + 32), (.q2K, 16 + 64 + 2 + 2),
    (.q3K, 32 + 64 + 12 + 2), (.q4K, 2 + 2 + 12 + 128), (.q5K, 2 + 2 + 12 + 32 + 128),
    (.q6K, 128 + 64 + 16 + 2), (.q8K, 4 + 256 + 32), (.mxfp4, 1 + 16), (.iq4XS, 2 + 2 + 4 + 128),
  ])
  func blockFields(type: ElementType, bytes: Int) { #expect(type.block.bytes == bytes) }

  @Test(arguments: [
    (ElementType.f32, [], 4), (.f32, [3], 12), (.f32, [3, 0], 0), (.f32, [0, 7], 0),
    (.q4_0, [32, 3], 54), (.q4K, [256, 2, 3], 864), (.q8_0, [4096, 14_336], 62_390_272),
    (.f4, [6], 3), (.f6E2M3, [4], 3),
  ])
  func sizes(type: ElementType, shape: [Int], bytes: Int) {
    #expect(type.bytes(shape: shape) == bytes)
  }

  @Test(arguments: [
    (ElementType.q4_0, [33]), (.q4_0, []), (.q4K, [128]), (.f4, [5]), (.f32, [-1]),
    (.f32, [4, -1]), (.f32, [Int.max, 2]), (.f64, [Int.max / 4]), (.f32, [1 << 32, 1 << 32]),
  ])
  func refusesWhatCannotBe(type: ElementType, shape: [Int]) {
    #expect(type.bytes(shape: shape) == nil)
  }

  @Test(arguments: [-1, 4, 5, 31, 32, 33, 36, 37, 38, 43, Int.max])
  func removedAndUnknownNumbers(id: Int) { #expect(ElementType(ggmlID: id) == nil) }

  @Test(arguments: [(0, "F32"), (12, "Q4_K"), (14, "Q6_K"), (23, "IQ4_XS"), (39, "MXFP4")])
  func numbersOfGGUF(id: Int, name: String) { #expect(ElementType(ggmlID: id)?.rawValue == name) }

  @Test func noTwoNumbersNameOneType() {
    let types = (0..<64).compactMap { ElementType(ggmlID: $0) }
    #expect(types.count == Set(types).count)
    #expect(types.count == 35)
  }
}
