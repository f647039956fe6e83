/// The integer instructions that the kernels of quantised types are written in.
///
/// A register of `Integers` is as many lanes of 32 bits as `Vector` has floats. In a product of
/// bytes each lane takes four neighbours, so that a lane can be a row of weights and the four its
/// columns.
public protocol ByteInstructions {
  /// A register of floats.
  associatedtype Vector: BitwiseCopyable
  /// A register of integers; each operation says how it divides it into lanes.
  associatedtype Integers: BitwiseCopyable

  /// `byte` in every byte.
  static func broadcast(byte: UInt8) -> Integers
  /// `int` in every lane of 32 bits.
  static func broadcast(int: Int32) -> Integers
  /// Sixteen bytes, the first in the lowest bits of `low`, over and over.
  static func broadcast(low: UInt64, high: UInt64) -> Integers
  /// The bits that both have.
  static func and(_ a: Integers, _ b: Integers) -> Integers
  /// The bits that either has.
  static func or(_ a: Integers, _ b: Integers) -> Integers
  /// Lanes of 16 bits shifted, zeros coming in.
  static func shiftRight(_ a: Integers, by count: Int32) -> Integers
  /// Lanes of 16 bits shifted.
  static func shiftLeft(_ a: Integers, by count: Int32) -> Integers
  /// table[index] for every byte; `table` repeats sixteen bytes, each index is below 16.
  static func lookup(_ table: Integers, _ indices: Integers) -> Integers

  /// Products of bytes added to `sums`, in whatever lanes are cheapest until `widened`: zeros to
  /// begin with, or what offsets ask for; u in 0…127, s in −127…127, and the greatest u of all calls
  /// add up to 129 at most (2 · 129 · 127 fits 16 bits).
  static func partialDot(_ sums: Integers, _ u: Integers, _ s: Integers) -> Integers
  /// Partial sums that `widened` makes 2 · `half` of.
  static func partial(twice half: Int16) -> Integers
  /// Partial sums as lanes of 32 bits.
  static func widened(_ partial: Integers) -> Integers
  /// Partial sums as lanes of 32 bits, each times its scale, which `scales` has loaded.
  static func widened(_ partial: Integers, by scales: Integers) -> Integers
  /// A scale a lane, from as many unsigned bytes, in the form that `widened` takes.
  static func scales(unsigned bytes: UnsafeRawPointer) -> Integers
  /// A scale a lane, from as many signed bytes, in the form that `widened` takes.
  static func scales(signed bytes: UnsafeRawPointer) -> Integers

  /// sums − scale · 2 · factor in lanes of 32 bits, for `scales` that `widened` takes.
  static func subtractTwice(_ sums: Integers, _ scales: Integers, by factor: Int16) -> Integers
  /// 2ᵉ⁻¹²⁷ for as many unsigned bytes e as there are lanes; 0 for e = 0, infinity for 255.
  static func powersOfTwo(biased exponents: UnsafeRawPointer) -> Vector

  /// sums + Σ (w + signedOffset) · q in lanes of 32 bits: signed bytes, q in −127…127.
  static func signedDot(_ sums: Integers, _ w: Integers, _ q: Integers) -> Integers
  /// What `signedDot` adds to w: it is to be taken off again, times Σ q.
  static var signedOffset: Int32 { get }

  /// sums + a · b, pairs of neighbouring 16-bit numbers added, in lanes of 32 bits.
  static func dotShorts(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers
  /// Two unsigned bytes a lane of 32 bits, as 16-bit numbers.
  static func shorts(unsigned bytes: UnsafeRawPointer) -> Integers

  /// a + b in lanes of 32 bits.
  static func addInts(_ a: Integers, _ b: Integers) -> Integers
  /// a − b in lanes of 32 bits.
  static func subtractInts(_ a: Integers, _ b: Integers) -> Integers
  /// Lanes of 32 bits as floats.
  static func floats(_ a: Integers) -> Vector
  /// The sum of 16 signed bytes.
  static func sumOf16(_ bytes: UnsafePointer<Int8>) -> Int16
  /// Stores whole numbers in −128…127 as signed bytes, one a lane; however they are aligned.
  static func store(_ a: Vector, bytes: UnsafeMutablePointer<Int8>)
}
