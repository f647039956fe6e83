// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A block of C, `rows` × 2 vectors, that lives in registers while a matmul runs over k.
///
/// Tiles are composed as types, so that one micro-kernel serves every register file: a row on a row
/// is a tile of two rows, three of these are six. The budget: 6 × 2 needs 12 + 2 (row of B) + 1
/// (element of A) of 16 registers; 12 × 2 needs 24 + 2 + 1 of 32. 14 × 2 would need 31, but the
/// compiler, which starts the next row of B early, then keeps an accumulator in memory: 86 % of the
/// multiply-add peak against 81 % (1024³, one Zen 5 core, medians of three interleaved runs).
public protocol RegisterTile: BitwiseCopyable, SendableMetatype {
  /// The instructions that the tile is computed with.
  associatedtype Instructions: InstructionSet
  /// A number of A, B and C: 32 bits.
  associatedtype Element
  /// A register of them, as many as a vector has floats.
  associatedtype Register
  /// The register at `address`, however it is aligned.
  static func load(_ address: UnsafePointer<Element>) -> Register
  /// Rows of the tile.
  static var rows: Int { get }
  /// Zeros.
  init()
  /// The tile at `c`, rows `ldc` numbers apart.
  init(_ c: UnsafePointer<Element>, ldc: Int)
  /// Distinct numbers near one, to start the peak loop on; `first` numbers the tile's first row.
  init(distinctFrom first: Int)
  /// tile += a · b: `a` holds `rows` numbers, (`left`, `right`) is a row of B.
  mutating func addOuterProduct(
    _ a: UnsafePointer<Element>, _ left: Register, _ right: Register)
  /// tile = tile · factor + offset, in every lane.
  mutating func map(factor: Register, offset: Register)
  /// C = tile, rows `ldc` floats apart.
  func store(to c: UnsafeMutablePointer<Element>, ldc: Int)
  /// C += tile, rows `ldc` floats apart.
  func add(to c: UnsafeMutablePointer<Element>, ldc: Int)
  /// The sum of all elements.
  func sum() -> Float
}

extension RegisterTile {
  /// Columns of the tile: two vectors.
  @inlinable @inline(__always)
  public static var columns: Int { 2 * Instructions.lanes }
}

/// A tile of one row.
@frozen
public struct TileRow<Instructions: InstructionSet>: FloatTile {
  public typealias Element = Float
  public typealias Register = Instructions.Vector

  @usableFromInline var left: Instructions.Vector
  @usableFromInline var right: Instructions.Vector

  @inlinable @inline(__always)
  public static func load(_ address: UnsafePointer<Float>) -> Register {
    Instructions.load(address)
  }

  @inlinable @inline(__always)
  public static var rows: Int { 1 }

  @inlinable @inline(__always)
  public init() {
    left = Instructions.broadcast(0)
    right = Instructions.broadcast(0)
  }

  @inlinable @inline(__always)
  public init(_ c: UnsafePointer<Float>, ldc: Int) {
    left = Instructions.load(c)
    right = Instructions.load(c + Instructions.lanes)
  }

  @inlinable @inline(__always)
  public init(distinctFrom first: Int) {
    left = Instructions.broadcast(1 + Float(first) / 64)
    right = Instructions.broadcast(1.5 + Float(first) / 64)
  }

  @inlinable @inline(__always)
  public mutating func addOuterProduct(
    _ a: UnsafePointer<Float>, _ left: Instructions.Vector, _ right: Instructions.Vector
  ) {
    let element = Instructions.broadcast(a[0])
    self.left = Instructions.multiplyAdd(element, left, self.left)
    self.right = Instructions.multiplyAdd(element, right, self.right)
  }

  @inlinable @inline(__always)
  public mutating func map(factor: Instructions.Vector, offset: Instructions.Vector) {
    left = Instructions.multiplyAdd(left, factor, offset)
    right = Instructions.multiplyAdd(right, factor, offset)
  }

  @inlinable @inline(__always)
  public func store(to c: UnsafeMutablePointer<Float>, ldc: Int) {
    Instructions.store(left, to: c)
    Instructions.store(right, to: c + Instructions.lanes)
  }

  @inlinable @inline(__always)
  public func add(to c: UnsafeMutablePointer<Float>, ldc: Int) {
    let next = c + Instructions.lanes
    Instructions.store(Instructions.add(Instructions.load(c), left), to: c)
    Instructions.store(Instructions.add(Instructions.load(next), right), to: next)
  }

  @inlinable @inline(__always)
  public func sum() -> Float { Instructions.sum(Instructions.add(left, right)) }
}

/// Two tiles, one above the other.
@frozen
public struct TileStack<Upper: RegisterTile, Lower: RegisterTile>: RegisterTile
where
  Upper.Instructions == Lower.Instructions, Upper.Element == Lower.Element,
  Upper.Register == Lower.Register
{
  public typealias Instructions = Upper.Instructions
  public typealias Element = Upper.Element
  public typealias Register = Upper.Register

  @usableFromInline var upper: Upper
  @usableFromInline var lower: Lower

  @inlinable @inline(__always)
  public static func load(_ address: UnsafePointer<Element>) -> Register { Upper.load(address) }

  @inlinable @inline(__always)
  public static var rows: Int { Upper.rows &+ Lower.rows }

  @inlinable @inline(__always)
  public init() {
    upper = Upper()
    lower = Lower()
  }

  @inlinable @inline(__always)
  public init(_ c: UnsafePointer<Element>, ldc: Int) {
    upper = Upper(c, ldc: ldc)
    lower = Lower(c + Upper.rows &* ldc, ldc: ldc)
  }

  @inlinable @inline(__always)
  public init(distinctFrom first: Int) {
    upper = Upper(distinctFrom: first)
    lower = Lower(distinctFrom: first &+ Upper.rows)
  }

  @inlinable @inline(__always)
  public mutating func addOuterProduct(
    _ a: UnsafePointer<Element>, _ left: Register, _ right: Register
  ) {
    upper.addOuterProduct(a, left, right)
    lower.addOuterProduct(a + Upper.rows, left, right)
  }

  @inlinable @inline(__always)
  public mutating func map(factor: Register, offset: Register) {
    upper.map(factor: factor, offset: offset)
    lower.map(factor: factor, offset: offset)
  }

  @inlinable @inline(__always)
  public func store(to c: UnsafeMutablePointer<Element>, ldc: Int) {
    upper.store(to: c, ldc: ldc)
    lower.store(to: c + Upper.rows &* ldc, ldc: ldc)
  }

  @inlinable @inline(__always)
  public func add(to c: UnsafeMutablePointer<Element>, ldc: Int) {
    upper.add(to: c, ldc: ldc)
    lower.add(to: c + Upper.rows &* ldc, ldc: ldc)
  }

  @inlinable @inline(__always)
  public func sum() -> Float { upper.sum() + lower.sum() }
}

/// A row on a row.
public typealias TwoHigh<Row: RegisterTile> = TileStack<Row, Row>
/// Four rows.
public typealias FourHigh<Row: RegisterTile> = TileStack<TwoHigh<Row>, TwoHigh<Row>>
/// Six rows, for 16 registers.
public typealias SixHigh<Row: RegisterTile> = TileStack<FourHigh<Row>, TwoHigh<Row>>
/// Twelve rows, for 32 registers.
public typealias TwelveHigh<Row: RegisterTile> = TileStack<SixHigh<Row>, SixHigh<Row>>

/// A tile of two rows of floats.
public typealias TwoRows<Instructions: InstructionSet> = TwoHigh<TileRow<Instructions>>
/// A tile of three rows of floats.
public typealias ThreeRows<Instructions: InstructionSet> =
  TileStack<TwoRows<Instructions>, TileRow<Instructions>>
/// A tile of four rows of floats.
public typealias FourRows<Instructions: InstructionSet> = FourHigh<TileRow<Instructions>>
/// A tile of six rows of floats.
public typealias SixRows<Instructions: InstructionSet> = SixHigh<TileRow<Instructions>>
/// A tile of twelve rows of floats.
public typealias TwelveRows<Instructions: InstructionSet> = TwelveHigh<TileRow<Instructions>>
