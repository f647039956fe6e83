/// The vector instructions that the algorithms of this module are written in.
///
/// Every conforming tag is declared *inside* the module that is compiled for its instructions: Swift
/// names a specialised function after the types it is specialised for, and two modules that
/// specialised an algorithm for the same type would leave one body after linking, for either CPU.
/// All arithmetic goes through these requirements, because the operators of generic SIMD code
/// are loops over lanes. No value of `Vector` or `Integers` may cross the border of a module.
public protocol InstructionSet: ByteInstructions, SendableMetatype {
  /// The part of C that the matmul micro-kernel keeps in registers, as large as they allow.
  associatedtype Tile: FloatTile where Tile.Instructions == Self
  /// The same for products of bytes.
  associatedtype ByteTile: RegisterTile
  where ByteTile.Instructions == Self, ByteTile.Element == Int32, ByteTile.Register == Integers

  /// `value` in every lane.
  static func broadcast(_ value: Float) -> Vector
  /// A half-precision number in every lane, exactly.
  static func broadcast(half bits: UInt16) -> Vector
  /// a + b.
  static func add(_ a: Vector, _ b: Vector) -> Vector
  /// a − b.
  static func subtract(_ a: Vector, _ b: Vector) -> Vector
  /// a · b.
  static func multiply(_ a: Vector, _ b: Vector) -> Vector
  /// a ÷ b.
  static func divide(_ a: Vector, _ b: Vector) -> Vector
  /// The larger of two, lane by lane; b where one of them is NaN.
  static func maximum(_ a: Vector, _ b: Vector) -> Vector
  /// a · 2ⁿ, n a whole number in −126…127; zero for n = −127 and infinity for n = 128.
  static func scale(_ a: Vector, byPowerOfTwo n: Vector) -> Vector
  /// a · b + c, with one rounding where the CPU has such an instruction.
  static func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector
  /// a · b + c of single numbers, rounded as the vectors are.
  static func multiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float
  /// The sum of the lanes.
  static func sum(_ a: Vector) -> Float
  /// The largest lane of a vector without NaN.
  static func largest(_ a: Vector) -> Float
  /// The sums of the lanes of each.
  static func sums(_ a: Vector, _ b: Vector) -> SIMD2<Float>
  /// As many half-precision numbers as a vector has lanes, exactly; however they are aligned.
  static func load(half address: UnsafePointer<UInt16>) -> Vector
  /// As many bfloat16 numbers as a vector has lanes, exactly; however they are aligned.
  static func load(brain address: UnsafePointer<UInt16>) -> Vector
  /// As many signed bytes as a vector has lanes, as floats; however they are aligned.
  static func load(bytes address: UnsafePointer<Int8>) -> Vector
  /// Stores `a` in half precision, rounded to nearest, ties to even.
  static func store(_ a: Vector, half address: UnsafeMutablePointer<UInt16>)
  /// Stores `a` as bfloat16, rounded to nearest, ties to even.
  static func store(_ a: Vector, brain address: UnsafeMutablePointer<UInt16>)
  /// Stores four vectors side by side: lane i of each at `address` + i · `distance` words, in order.
  static func storeColumns(
    _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, to address: UnsafeMutableRawPointer,
    distance: Int)
  /// Stores past the caches; `address` is a multiple of the register's size.
  static func stream(_ a: Vector, to address: UnsafeMutableRawPointer)
  /// Orders streaming stores before whatever the calling thread does next.
  static func streamFence()
  /// Asks for the cache line at `address`, which may lie outside of any allocation.
  static func prefetch(_ address: UnsafeRawPointer)
  /// Asks for the cache line at `address` up to the second cache, so that the first keeps what it has.
  static func prefetchFar(_ address: UnsafeRawPointer)

  /// a + b in lanes of 64 bits, which wrap.
  static func addWords(_ a: Integers, _ b: Integers) -> Integers
  /// The wrapping sum of the lanes of 64 bits.
  static func sumWords(_ a: Integers) -> UInt64
  /// The wrapping sum of the lanes of 32 bits.
  static func sumInts(_ a: Integers) -> Int32
  /// sums + a · b: four products of bytes, a in 0…127 and b in −128…127, on each lane of 32 bits.
  static func dotBytes(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers
  /// Signed bytes that a lane of 32 bits stands for in `dotGroups`: 4, or 2 widened to 16 bits each.
  static var groupLength: Int { get }
  /// A register of groups from `lanes` · `groupLength` signed bytes, however they are aligned.
  static func load(groups address: UnsafePointer<Int8>) -> Integers
  /// A register of groups, each of a byte from each of `groupLength` rows of `lanes` signed bytes that lie
  /// `distance` bytes apart.
  static func load(woven address: UnsafePointer<Int8>, distance: Int) -> Integers
  /// sums + a · b on each lane of 32 bits: the products of two groups, exact for all bytes.
  static func dotGroups(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers
  /// `a`, of which the compiler knows nothing any more: work on it cannot leave a loop.
  static func opaque(_ a: Integers) -> Integers
}

extension InstructionSet {
  /// Floats in a vector.
  @inlinable @inline(__always)
  public static var lanes: Int { MemoryLayout<Vector>.size / MemoryLayout<Float>.size }

  /// The vector at `address`, however it is aligned.
  @inlinable @inline(__always)
  public static func load(_ address: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(address).loadUnaligned(as: Vector.self)
  }

  /// Stores `a` at `address`, however it is aligned.
  @inlinable @inline(__always)
  public static func store(_ a: Vector, to address: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(address).storeBytes(of: a, as: Vector.self)
  }

  /// The integers at `address`, however it is aligned.
  @inlinable @inline(__always)
  public static func loadIntegers(_ address: UnsafeRawPointer) -> Integers {
    address.loadUnaligned(as: Integers.self)
  }
}
