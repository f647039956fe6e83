// Softmax of the rows of a matrix.
extension InstructionSet {
  /// y[i] = e^(x[i] − max x) ÷ Σ e^(x[j] − max x) for each of `rows` rows of `columns` floats,
  /// `distance` floats apart in x and in y; y may be x.
  ///
  /// A row with NaN or +∞ is NaN throughout; one of −∞ alone is zeros, as if nothing were there.
  @inlinable @inline(__always)
  public static func softmax(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int, columns: Int,
    distance: Int
  ) {
    for row in 0..<rows {
      softmaxRow(x + row &* distance, into: y + row &* distance, count: columns)
    }
  }

  /// One row of `softmax`.
  @inlinable @inline(__always)
  static func softmaxRow(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) {
    let peak = largest(x, count: count, atLeast: -Float.greatestFiniteMagnitude)
    let peaks = broadcast(peak)
    convert(count: count, from: x, to: y) {
      store(exponential(subtract(load($0), peaks)), to: $1)
    }
    let total = total(UnsafePointer(y), count: count)
    let factor = total == 0 ? 0 : 1 / total
    let factors = broadcast(factor)
    convert(count: count, from: UnsafePointer(y), to: y) {
      store(multiply(load($0), factors), to: $1)
    }
  }

  /// The largest of `count` floats and `floor`; NaN is passed over.
  @inlinable @inline(__always)
  static func largest(_ x: UnsafePointer<Float>, count: Int, atLeast floor: Float) -> Float {
    var (s, t) = (broadcast(floor), broadcast(floor))
    var i = 0
    while i &+ 2 &* lanes <= count {
      s = maximum(load(x + i), s)
      t = maximum(load(x + i + lanes), t)
      i &+= 2 &* lanes
    }
    var peak = largest(maximum(s, t))
    if i &+ lanes <= count {
      peak = largest(maximum(load(x + i), broadcast(peak)))
      i &+= lanes
    }
    while i < count {
      if x[i] > peak { peak = x[i] }
      i &+= 1
    }
    return peak
  }

  /// Σ x[i], `count` floats.
  @inlinable @inline(__always)
  static func total(_ x: UnsafePointer<Float>, count: Int) -> Float {
    var (s, t) = (broadcast(0), broadcast(0))
    var i = 0
    while i &+ 2 &* lanes <= count {
      s = add(s, load(x + i))
      t = add(t, load(x + i + lanes))
      i &+= 2 &* lanes
    }
    var result = sum(add(s, t))
    while i < count {
      result += x[i]
      i &+= 1
    }
    return result
  }
}
