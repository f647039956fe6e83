// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A tile of floats, with what attention needs of it beyond matmul: operands that are not packed.
public protocol FloatTile: RegisterTile
where Element == Float, Register == Instructions.Vector {
  /// What lies at `c`, rows `ldc` floats apart.
  init(loading c: UnsafePointer<Float>, ldc: Int)
  /// tile += a · b, where the `rows` numbers of `a` lie `lda` floats apart.
  mutating func addOuterProduct(
    _ a: UnsafePointer<Float>, lda: Int, _ left: Register, _ right: Register)
  /// Each row, left and right, += (left, right) times, lane by lane, a vector of that row's at `a`,
  /// rows `lda` floats apart: sums for dot products.
  mutating func addProducts(
    _ a: UnsafePointer<Float>, lda: Int, _ left: Register, _ right: Register)
  /// The sums over lanes, left and right side by side at `c`, rows `ldc` floats apart.
  func storeSums(to c: UnsafeMutablePointer<Float>, ldc: Int)
}

extension TileRow {
  @inlinable @inline(__always)
  public init(loading c: UnsafePointer<Float>, ldc: Int) {
    left = Instructions.load(c)
    right = Instructions.load(c + Instructions.lanes)
  }

  @inlinable @inline(__always)
  public mutating func addOuterProduct(
    _ a: UnsafePointer<Float>, lda: Int, _ left: Register, _ right: Register
  ) {
    addOuterProduct(a, left, right)
  }

  @inlinable @inline(__always)
  public mutating func addProducts(
    _ a: UnsafePointer<Float>, lda: Int, _ left: Register, _ right: Register
  ) {
    let own = Instructions.load(a)
    self.left = Instructions.multiplyAdd(own, left, self.left)
    self.right = Instructions.multiplyAdd(own, right, self.right)
  }

  @inlinable @inline(__always)
  public func storeSums(to c: UnsafeMutablePointer<Float>, ldc: Int) {
    let sums = Instructions.sums(left, right)
    UnsafeMutableRawPointer(c).storeBytes(of: sums, as: SIMD2<Float>.self)
  }
}

extension TileStack: FloatTile where Upper: FloatTile, Lower: FloatTile {
  @inlinable @inline(__always)
  public init(loading c: UnsafePointer<Float>, ldc: Int) {
    upper = Upper(loading: c, ldc: ldc)
    lower = Lower(loading: c + Upper.rows &* ldc, ldc: ldc)
  }

  @inlinable @inline(__always)
  public mutating func addOuterProduct(
    _ a: UnsafePointer<Float>, lda: Int, _ left: Register, _ right: Register
  ) {
    upper.addOuterProduct(a, lda: lda, left, right)
    lower.addOuterProduct(a + Upper.rows &* lda, lda: lda, left, right)
  }

  @inlinable @inline(__always)
  public mutating func addProducts(
    _ a: UnsafePointer<Float>, lda: Int, _ left: Register, _ right: Register
  ) {
    upper.addProducts(a, lda: lda, left, right)
    lower.addProducts(a + Upper.rows &* lda, lda: lda, left, right)
  }

  @inlinable @inline(__always)
  public func storeSums(to c: UnsafeMutablePointer<Float>, ldc: Int) {
    upper.storeSums(to: c, ldc: ldc)
    lower.storeSums(to: c + Upper.rows &* ldc, ldc: ldc)
  }
}
