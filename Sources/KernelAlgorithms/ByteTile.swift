// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A tile row of whole numbers, the exact sums of products of signed bytes.
///
/// An element of A and of B is a group of bytes successive in k (`InstructionSet.dotGroups`), so that
/// the micro-kernel, its budget of registers and its layout of packed operands are those of floats.
/// AVX2 multiplies pairs widened to 16 bits (vpmaddwd, vpaddd): 16 products in two instructions.
/// vpmaddubsw makes 32 in three, but two of the three compete with vpmaddwd for the same two ports,
/// so it gains nothing, and it saturates.
@frozen
public struct ByteTileRow<Instructions: InstructionSet>: RegisterTile {
  public typealias Element = Int32
  public typealias Register = Instructions.Integers

  @usableFromInline var left: Register
  @usableFromInline var right: Register

  @inlinable @inline(__always)
  public static func load(_ address: UnsafePointer<Int32>) -> Register {
    Instructions.loadIntegers(address)
  }

  @inlinable @inline(__always)
  public static var rows: Int { 1 }

  @inlinable @inline(__always)
  public init() {
    left = Instructions.broadcast(byte: 0)
    right = Instructions.broadcast(byte: 0)
  }

  @inlinable @inline(__always)
  public init(_ c: UnsafePointer<Int32>, ldc: Int) {
    left = Instructions.loadIntegers(c)
    right = Instructions.loadIntegers(c + Instructions.lanes)
  }

  @inlinable @inline(__always)
  public init(distinctFrom first: Int) {
    left = Instructions.broadcast(int: Int32(truncatingIfNeeded: 2 &* first &+ 1))
    right = Instructions.broadcast(int: Int32(truncatingIfNeeded: 2 &* first &+ 2))
  }

  @inlinable @inline(__always)
  public mutating func addOuterProduct(
    _ a: UnsafePointer<Int32>, _ left: Register, _ right: Register
  ) {
    let group = Instructions.broadcast(int: a[0])
    self.left = Instructions.dotGroups(self.left, group, left)
    self.right = Instructions.dotGroups(self.right, group, right)
  }

  @inlinable @inline(__always)
  public mutating func map(factor: Register, offset: Register) {
    left = Instructions.dotGroups(offset, left, factor)
    right = Instructions.dotGroups(offset, right, factor)
  }

  @inlinable @inline(__always)
  public func store(to c: UnsafeMutablePointer<Int32>, ldc: Int) {
    UnsafeMutableRawPointer(c).storeBytes(of: left, as: Register.self)
    UnsafeMutableRawPointer(c + Instructions.lanes).storeBytes(of: right, as: Register.self)
  }

  @inlinable @inline(__always)
  public func add(to c: UnsafeMutablePointer<Int32>, ldc: Int) {
    let sums = ByteTileRow(
      left: Instructions.addInts(Instructions.loadIntegers(c), left),
      right: Instructions.addInts(Instructions.loadIntegers(c + Instructions.lanes), right))
    sums.store(to: c, ldc: ldc)
  }

  @inlinable @inline(__always)
  init(left: Register, right: Register) {
    self.left = left
    self.right = right
  }

  @inlinable @inline(__always)
  public func sum() -> Float {
    Float(Instructions.sumInts(Instructions.addInts(left, right)))
  }
}
