// y = A · x and a few of them at once, bound by the bytes of A: dot products along its rows.
extension InstructionSet {
  /// y = A · x for row-major A of `rows` × `columns`, rows `lda` elements apart.
  ///
  /// Four rows at a time share the loads of x; each is a stream of its own.
  @inlinable @inline(__always)
  public static func matrixVector<Element: MatrixElement>(
    _ type: Element.Type, _ a: UnsafePointer<Element.Stored>, lda: Int, rows: Int, columns: Int,
    x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  ) {
    var row = 0
    while row &+ 4 <= rows {
      fourDots(type, a + row &* lda, lda: lda, columns: columns, x: x, y: y + row)
      row &+= 4
    }
    while row < rows {
      y[row] = dot(type, a + row &* lda, x, count: columns)
      row &+= 1
    }
  }

  /// Elements that a stream is asked for ahead of its use: 1 KiB.
  @inlinable @inline(__always)
  static func elementsAhead<Element: MatrixElement>(of type: Element.Type) -> Int {
    1024 / MemoryLayout<Element.Stored>.stride
  }

  /// Four rows of A · x.
  @inlinable @inline(__always)
  static func fourDots<Element: MatrixElement>(
    _ type: Element.Type, _ a: UnsafePointer<Element.Stored>, lda: Int, columns: Int,
    x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  ) {
    let (a0, a1, a2, a3) = (a, a + lda, a + 2 &* lda, a + 3 &* lda)
    let zero = broadcast(0)
    var (s0, s1, s2, s3) = (zero, zero, zero, zero)
    var (t0, t1, t2, t3) = (zero, zero, zero, zero)
    var j = 0
    while j &+ 2 &* lanes <= columns {
      let ahead = j &+ elementsAhead(of: type)
      prefetch(a0 + ahead)
      prefetch(a1 + ahead)
      prefetch(a2 + ahead)
      prefetch(a3 + ahead)
      let k = j &+ lanes
      let (left, right) = (load(x + j), load(x + k))
      s0 = multiplyAdd(Element.load(a0 + j, Self.self), left, s0)
      s1 = multiplyAdd(Element.load(a1 + j, Self.self), left, s1)
      s2 = multiplyAdd(Element.load(a2 + j, Self.self), left, s2)
      s3 = multiplyAdd(Element.load(a3 + j, Self.self), left, s3)
      t0 = multiplyAdd(Element.load(a0 + k, Self.self), right, t0)
      t1 = multiplyAdd(Element.load(a1 + k, Self.self), right, t1)
      t2 = multiplyAdd(Element.load(a2 + k, Self.self), right, t2)
      t3 = multiplyAdd(Element.load(a3 + k, Self.self), right, t3)
      j &+= 2 &* lanes
    }
    let rest = columns &- j
    y[0] = sum(add(s0, t0)) + restDot(type, a0 + j, x + j, count: rest)
    y[1] = sum(add(s1, t1)) + restDot(type, a1 + j, x + j, count: rest)
    y[2] = sum(add(s2, t2)) + restDot(type, a2 + j, x + j, count: rest)
    y[3] = sum(add(s3, t3)) + restDot(type, a3 + j, x + j, count: rest)
  }

  /// Σ a[i] · x[i], `count` elements.
  @inlinable @inline(__always)
  static func dot<Element: MatrixElement>(
    _ type: Element.Type, _ a: UnsafePointer<Element.Stored>, _ x: UnsafePointer<Float>, count: Int
  ) -> Float {
    var (s, t) = (broadcast(0), broadcast(0))
    var j = 0
    while j &+ 2 &* lanes <= count {
      let k = j &+ lanes
      prefetch(a + j + elementsAhead(of: type))
      s = multiplyAdd(Element.load(a + j, Self.self), load(x + j), s)
      t = multiplyAdd(Element.load(a + k, Self.self), load(x + k), t)
      j &+= 2 &* lanes
    }
    return sum(add(s, t)) + restDot(type, a + j, x + j, count: count &- j)
  }

  /// Σ a[i] · x[i] of fewer elements than two vectors have, by way of buffers filled with zeros.
  @inlinable @inline(__always)
  static func restDot<Element: MatrixElement>(
    _ type: Element.Type, _ a: UnsafePointer<Element.Stored>, _ x: UnsafePointer<Float>, count: Int
  ) -> Float {
    guard count > 0 else { return 0 }
    var result: Float = 0
    withFilled(type, a, count: count) { a in
      withFilled(SingleElement.self, x, count: count) { x in
        let low = multiply(Element.load(a, Self.self), load(x))
        result = sum(multiplyAdd(Element.load(a + lanes, Self.self), load(x + lanes), low))
      }
    }
    return result
  }

  /// C = X · Wᵀ, or C += X · Wᵀ where `accumulate`: `tokens` rows of X, `ldx` floats apart, with
  /// `rows` rows of W, `ldw` floats apart, `depth` long; C is `tokens` × `rows`, rows `ldc` apart.
  ///
  /// Four rows of W times two of X: eight independent accumulators, just the 4 cycles · 2 ports of a
  /// multiply-add on AVX2, for six loads (three cycles of two).
  @inlinable @inline(__always)
  public static func multiplyDots(
    _ x: UnsafePointer<Float>, ldx: Int, tokens: Int, _ w: UnsafePointer<Float>, ldw: Int,
    rows: Int, depth: Int, c: UnsafeMutablePointer<Float>, ldc: Int, accumulate: Bool
  ) {
    let single = SingleElement.self
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 8) { buffer in
      guard let sums = buffer.baseAddress else { return }
      var row = 0
      while row < rows {
        let (w, taken) = (w + row &* ldw, min(4, rows &- row))
        var token = 0
        while token < tokens {
          let (x, c) = (x + token &* ldx, c + token &* ldc + row)
          let pair = min(2, tokens &- token)
          if taken == 4, pair == 2 {
            eightDots(x, x + ldx, w, ldw: ldw, depth: depth, into: sums)
          } else {
            for t in 0..<pair {
              matrixVector(
                single, w, lda: ldw, rows: taken, columns: depth, x: x + t &* ldx,
                y: sums + 4 &* t)
            }
          }
          for t in 0..<pair {
            for r in 0..<taken {
              let target = c + t &* ldc + r
              target.pointee = accumulate ? target.pointee + sums[4 &* t &+ r] : sums[4 &* t &+ r]
            }
          }
          token &+= 2
        }
        row &+= 4
      }
    }
  }

  /// Dot products of four rows of W with two of X: those with the first at `sums`, then the second's.
  @inlinable @inline(__always)
  static func eightDots(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ w: UnsafePointer<Float>, ldw: Int,
    depth: Int, into sums: UnsafeMutablePointer<Float>
  ) {
    let (w0, w1, w2, w3) = (w, w + ldw, w + 2 &* ldw, w + 3 &* ldw)
    let zero = broadcast(0)
    var (s0, s1, s2, s3) = (zero, zero, zero, zero)
    var (t0, t1, t2, t3) = (zero, zero, zero, zero)
    var j = 0
    while j &+ lanes <= depth {
      let (left, right) = (load(x + j), load(y + j))
      let (a, b, c, d) = (load(w0 + j), load(w1 + j), load(w2 + j), load(w3 + j))
      s0 = multiplyAdd(a, left, s0)
      s1 = multiplyAdd(b, left, s1)
      s2 = multiplyAdd(c, left, s2)
      s3 = multiplyAdd(d, left, s3)
      t0 = multiplyAdd(a, right, t0)
      t1 = multiplyAdd(b, right, t1)
      t2 = multiplyAdd(c, right, t2)
      t3 = multiplyAdd(d, right, t3)
      j &+= lanes
    }
    (sums[0], sums[1], sums[2], sums[3]) = (sum(s0), sum(s1), sum(s2), sum(s3))
    (sums[4], sums[5], sums[6], sums[7]) = (sum(t0), sum(t1), sum(t2), sum(t3))
    guard j < depth else { return }
    let single = SingleElement.self
    for (r, row) in [w0, w1, w2, w3].enumerated() {
      sums[r] += restDot(single, row + j, x + j, count: depth &- j)
      sums[4 &+ r] += restDot(single, row + j, y + j, count: depth &- j)
    }
  }
}

// The same on signed bytes, exact.
extension InstructionSet {
  /// y = A · x for row-major A of `rows` × `columns` bytes, rows `lda` bytes apart; the sums wrap.
  @inlinable @inline(__always)
  public static func byteMatrixVector(
    _ a: UnsafePointer<Int8>, lda: Int, rows: Int, columns: Int, x: UnsafePointer<Int8>,
    y: UnsafeMutablePointer<Int32>
  ) {
    var row = 0
    while row &+ 4 <= rows {
      fourByteDots(a + row &* lda, lda: lda, columns: columns, x: x, y: y + row)
      row &+= 4
    }
    while row < rows {
      y[row] = 0
      addByteDot(a + row &* lda, x, from: 0, to: columns, y: y + row)
      row &+= 1
    }
  }

  /// Four rows of A · x.
  @inlinable @inline(__always)
  static func fourByteDots(
    _ a: UnsafePointer<Int8>, lda: Int, columns: Int, x: UnsafePointer<Int8>,
    y: UnsafeMutablePointer<Int32>
  ) {
    let (a0, a1, a2, a3) = (a, a + lda, a + 2 &* lda, a + 3 &* lda)
    let step = lanes &* groupLength
    let zero = broadcast(byte: 0)
    var (s0, s1, s2, s3) = (zero, zero, zero, zero)
    var (t0, t1, t2, t3) = (zero, zero, zero, zero)
    var j = 0
    while j &+ 2 &* step <= columns {
      prefetch(a0 + j + 1024)
      prefetch(a1 + j + 1024)
      prefetch(a2 + j + 1024)
      prefetch(a3 + j + 1024)
      let k = j &+ step
      let (left, right) = (load(groups: x + j), load(groups: x + k))
      s0 = dotGroups(s0, load(groups: a0 + j), left)
      s1 = dotGroups(s1, load(groups: a1 + j), left)
      s2 = dotGroups(s2, load(groups: a2 + j), left)
      s3 = dotGroups(s3, load(groups: a3 + j), left)
      t0 = dotGroups(t0, load(groups: a0 + k), right)
      t1 = dotGroups(t1, load(groups: a1 + k), right)
      t2 = dotGroups(t2, load(groups: a2 + k), right)
      t3 = dotGroups(t3, load(groups: a3 + k), right)
      j &+= 2 &* step
    }
    y[0] = sumInts(addInts(s0, t0))
    y[1] = sumInts(addInts(s1, t1))
    y[2] = sumInts(addInts(s2, t2))
    y[3] = sumInts(addInts(s3, t3))
    for r in 0..<4 { addByteDot(a + r &* lda, x, from: j, to: columns, y: y + r) }
  }

  /// y += Σ a[i] · x[i], i in from ..< to.
  @inlinable @inline(__always)
  static func addByteDot(
    _ a: UnsafePointer<Int8>, _ x: UnsafePointer<Int8>, from: Int, to: Int,
    y: UnsafeMutablePointer<Int32>
  ) {
    for j in from..<to { y[0] &+= Int32(a[j]) &* Int32(x[j]) }
  }
}
