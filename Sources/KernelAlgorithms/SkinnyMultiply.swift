// Matmul for few rows of A, bound by the bytes of B: B is read once, in the order in which it lies in
// memory, and not packed.
extension InstructionSet {
  /// C += A · B, or C = A · B unless `accumulate`, for `rows` of 1 to 4 or 6 rows of A, packed with
  /// `packRows(width: rows)`, and row-major B of `depth` × `columns`, rows `ldb` elements apart.
  ///
  /// Eight rows of B pass a strip of C that the first cache holds. On AVX2 with four rows of A, eight
  /// rows of two vectors of B are 64 multiply-adds (32 cycles of two ports) for 16 loads of B, 32
  /// broadcasts of A and 8 loads of C (28 cycles of two loads): 16 bytes of B a cycle, more than
  /// memory gives a core.
  @inlinable @inline(__always)
  public static func multiplySkinny<Element: MatrixElement>(
    _ type: Element.Type, _ a: UnsafePointer<Float>, rows: Int, _ b: UnsafePointer<Element.Stored>,
    ldb: Int, depth: Int, columns: Int, c: UnsafeMutablePointer<Float>, ldc: Int, accumulate: Bool
  ) {
    switch rows {
    case 1:
      TileRow<Self>.multiplyRows(type, a, b, ldb, depth, columns, c, ldc, accumulate)
    case 2:
      TwoRows<Self>.multiplyRows(type, a, b, ldb, depth, columns, c, ldc, accumulate)
    case 3:
      TileStack<TwoRows<Self>, TileRow<Self>>.multiplyRows(
        type, a, b, ldb, depth, columns, c, ldc,
        accumulate)
    case 4:
      FourRows<Self>.multiplyRows(type, a, b, ldb, depth, columns, c, ldc, accumulate)
    default:
      SixRows<Self>.multiplyRows(type, a, b, ldb, depth, columns, c, ldc, accumulate)
    }
  }

  /// Rows of A that `multiplySkinny` takes next of `left`: no tile of a single row but for one row,
  /// as that has too few accumulators to hide the latency of a multiply-add.
  @inlinable @inline(__always)
  public static func skinnyRows(of left: Int) -> Int {
    switch left {
    case ...4: left
    case 5: 3
    case 7, 8: 4
    default: 6
    }
  }
}

extension FloatTile {
  /// `multiplySkinny` with a tile of as many rows as A has.
  @inlinable @inline(__always)
  static func multiplyRows<Stored: MatrixElement>(
    _ type: Stored.Type, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Stored.Stored>, _ ldb: Int, _ depth: Int, _ columns: Int,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ accumulate: Bool
  ) {
    let nr = Self.columns
    var p = 0
    repeat {
      let steps = min(8, depth &- p)
      let (left, top) = (a + p &* rows, b + p &* ldb)
      let adds = accumulate || p > 0
      var column = 0
      while column &+ nr <= columns {
        let sums =
          steps == 8
          ? eightSteps(type, left, top + column, ldb)
          : someSteps(type, left, top + column, ldb, steps)
        if adds { sums.add(to: c + column, ldc: ldc) } else { sums.store(to: c + column, ldc: ldc) }
        column &+= nr
      }
      if column < columns {
        let rest = columns &- column
        let sums = edgeSteps(type, left, top + column, ldb, steps, columns: rest)
        sums.storeEdge(
          rows: rows, columns: rest, c: c + column, ldc: ldc, accumulate: adds)
      }
      p &+= 8
    } while p < depth
  }

  /// Eight steps of k, unrolled, on two vectors of B's rows; asks for the eight rows after them.
  @inlinable @inline(__always)
  static func eightSteps<Stored: MatrixElement>(
    _ type: Stored.Type, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Stored.Stored>, _ ldb: Int
  ) -> Self {
    var sums = Self()
    let (b4, next) = (b + 4 &* ldb, b + 8 &* ldb)
    sums.addStep(type, a, b, next)
    sums.addStep(type, a + rows, b + ldb, next + ldb)
    sums.addStep(type, a + 2 &* rows, b + 2 &* ldb, next + 2 &* ldb)
    sums.addStep(type, a + 3 &* rows, b + 3 &* ldb, next + 3 &* ldb)
    sums.addStep(type, a + 4 &* rows, b4, next + 4 &* ldb)
    sums.addStep(type, a + 5 &* rows, b4 + ldb, next + 5 &* ldb)
    sums.addStep(type, a + 6 &* rows, b4 + 2 &* ldb, next + 6 &* ldb)
    sums.addStep(type, a + 7 &* rows, b4 + 3 &* ldb, next + 7 &* ldb)
    return sums
  }

  /// One step of k on unpacked B; asks for `next`.
  @inlinable @inline(__always)
  mutating func addStep<Stored: MatrixElement>(
    _ type: Stored.Type, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Stored.Stored>, _ next: UnsafePointer<Stored.Stored>
  ) {
    Instructions.prefetch(next)
    addOuterProduct(
      a, Stored.load(b, Instructions.self), Stored.load(b + Instructions.lanes, Instructions.self))
  }

  /// Fewer steps of k.
  @inlinable @inline(__always)
  static func someSteps<Stored: MatrixElement>(
    _ type: Stored.Type, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Stored.Stored>, _ ldb: Int, _ steps: Int
  ) -> Self {
    var sums = Self()
    for p in 0..<steps {
      let row = b + p &* ldb
      sums.addOuterProduct(
        a + p &* rows, Stored.load(row, Instructions.self),
        Stored.load(row + Instructions.lanes, Instructions.self))
    }
    return sums
  }

  /// Steps of k on fewer columns than a tile has.
  @inlinable @inline(__always)
  static func edgeSteps<Stored: MatrixElement>(
    _ type: Stored.Type, _ a: UnsafePointer<Float>,
    _ b: UnsafePointer<Stored.Stored>, _ ldb: Int, _ steps: Int, columns: Int
  ) -> Self {
    var sums = Self()
    for p in 0..<steps {
      Instructions.withFilled(type, b + p &* ldb, count: columns) { row in
        sums.addOuterProduct(
          a + p &* rows, Stored.load(row, Instructions.self),
          Stored.load(row + Instructions.lanes, Instructions.self))
      }
    }
    return sums
  }
}
