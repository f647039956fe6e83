// y = A · x, bound by the bytes of A.
extension InstructionSet {
  /// y = A · x for row-major A of `rows` × `columns`, rows `lda` floats apart.
  ///
  /// Four rows at a time share the loads of x; each is a stream of its own.
  @inlinable @inline(__always)
  public static func matrixVector(
    _ a: UnsafePointer<Float>, lda: Int, rows: Int, columns: Int, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    var row = 0
    while row &+ 4 <= rows {
      fourDots(a + row &* lda, lda: lda, columns: columns, x: x, y: y + row)
      row &+= 4
    }
    while row < rows {
      y[row] = dot(a + row &* lda, x, count: columns)
      row &+= 1
    }
  }

  /// Four rows of A · x.
  @inlinable @inline(__always)
  static func fourDots(
    _ a: UnsafePointer<Float>, lda: Int, columns: Int, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    let (a0, a1, a2, a3) = (a, a + lda, a + 2 &* lda, a + 3 &* lda)
    let zero = broadcast(0)
    var (s0, s1, s2, s3) = (zero, zero, zero, zero)
    var (t0, t1, t2, t3) = (zero, zero, zero, zero)
    var j = 0
    while j &+ 2 &* lanes <= columns {
      let ahead = j &+ 256
      prefetch(a0 + ahead)
      prefetch(a1 + ahead)
      prefetch(a2 + ahead)
      prefetch(a3 + ahead)
      let k = j &+ lanes
      let (left, right) = (load(x + j), load(x + k))
      s0 = multiplyAdd(load(a0 + j), left, s0)
      s1 = multiplyAdd(load(a1 + j), left, s1)
      s2 = multiplyAdd(load(a2 + j), left, s2)
      s3 = multiplyAdd(load(a3 + j), left, s3)
      t0 = multiplyAdd(load(a0 + k), right, t0)
      t1 = multiplyAdd(load(a1 + k), right, t1)
      t2 = multiplyAdd(load(a2 + k), right, t2)
      t3 = multiplyAdd(load(a3 + k), right, t3)
      j &+= 2 &* lanes
    }
    var (r0, r1, r2, r3) = (sum(add(s0, t0)), sum(add(s1, t1)), sum(add(s2, t2)), sum(add(s3, t3)))
    while j < columns {
      r0 = multiplyAdd(a0[j], x[j], r0)
      r1 = multiplyAdd(a1[j], x[j], r1)
      r2 = multiplyAdd(a2[j], x[j], r2)
      r3 = multiplyAdd(a3[j], x[j], r3)
      j &+= 1
    }
    (y[0], y[1], y[2], y[3]) = (r0, r1, r2, r3)
  }

  /// Σ a[i] · x[i], `count` floats.
  @inlinable @inline(__always)
  static func dot(
    _ a: UnsafePointer<Float>, _ x: UnsafePointer<Float>, count: Int
  ) -> Float {
    var (s, t) = (broadcast(0), broadcast(0))
    var j = 0
    while j &+ 2 &* lanes <= count {
      let k = j &+ lanes
      prefetch(a + j + 256)
      s = multiplyAdd(load(a + j), load(x + j), s)
      t = multiplyAdd(load(a + k), load(x + k), t)
      j &+= 2 &* lanes
    }
    var result = sum(add(s, t))
    while j < count {
      result = multiplyAdd(a[j], x[j], result)
      j &+= 1
    }
    return result
  }
}
