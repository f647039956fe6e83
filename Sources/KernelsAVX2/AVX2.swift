#if arch(x86_64)
  internal import CShims
  public import KernelAlgorithms

  /// AVX2 with FMA: 16 registers of 8 floats.
  enum AVX2: InstructionSet {
    typealias Vector = SIMD8<Float>
    typealias Integers = SIMD4<Int64>
    typealias Tile = SixRows<AVX2>
    typealias ByteTile = SixHigh<ByteTileRow<AVX2>>

    @inline(__always)
    static func broadcast(_ value: Float) -> Vector { Vector(repeating: value) }

    @inline(__always)
    static func broadcast(half bits: UInt16) -> Vector {
      vector256_from_half(
        unsafeBitCast(SIMD8<UInt16>(repeating: bits), to: SIMD2<Int64>.self))
    }

    @inline(__always)
    static func add(_ a: Vector, _ b: Vector) -> Vector { a + b }

    @inline(__always)
    static func subtract(_ a: Vector, _ b: Vector) -> Vector { a - b }

    @inline(__always)
    static func multiply(_ a: Vector, _ b: Vector) -> Vector { a * b }

    @inline(__always)
    static func divide(_ a: Vector, _ b: Vector) -> Vector { a / b }

    @inline(__always)
    static func maximum(_ a: Vector, _ b: Vector) -> Vector { vector256_maximum(a, b) }

    @inline(__always)
    static func scale(_ a: Vector, byPowerOfTwo n: Vector) -> Vector { vector256_scale(a, n) }

    @inline(__always)
    static func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
      c.addingProduct(a, b)
    }

    @inline(__always)
    static func multiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float { c.addingProduct(a, b) }

    @inline(__always)
    static func sum(_ a: Vector) -> Float {
      let four = a.lowHalf + a.highHalf
      let two = four.lowHalf + four.highHalf
      return two[0] + two[1]
    }

    @inline(__always)
    static func largest(_ a: Vector) -> Float {
      vector128_largest(vector128_maximum(a.lowHalf, a.highHalf))
    }

    @inline(__always)
    static func sums(_ a: Vector, _ b: Vector) -> SIMD2<Float> {
      vector128_sums(a.lowHalf + a.highHalf, b.lowHalf + b.highHalf)
    }

    @inline(__always)
    static func load(half address: UnsafePointer<UInt16>) -> Vector {
      vector256_from_half(UnsafeRawPointer(address).loadUnaligned(as: SIMD2<Int64>.self))
    }

    @inline(__always)
    static func load(brain address: UnsafePointer<UInt16>) -> Vector {
      vector256_from_brain(UnsafeRawPointer(address).loadUnaligned(as: SIMD2<Int64>.self))
    }

    @inline(__always)
    static func load(bytes address: UnsafePointer<Int8>) -> Vector {
      vector256_from_bytes(UnsafeRawPointer(address).loadUnaligned(as: Int64.self))
    }

    @inline(__always)
    static func store(_ a: Vector, half address: UnsafeMutablePointer<UInt16>) {
      UnsafeMutableRawPointer(address).storeBytes(of: vector256_to_half(a), as: SIMD2<Int64>.self)
    }

    @inline(__always)
    static func store(_ a: Vector, brain address: UnsafeMutablePointer<UInt16>) {
      UnsafeMutableRawPointer(address).storeBytes(of: vector256_to_brain(a), as: SIMD2<Int64>.self)
    }

    @inline(__always)
    static func storeColumns(
      _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, to address: UnsafeMutableRawPointer,
      distance: Int
    ) { vector256_store_columns(a, b, c, d, address, distance) }

    @inline(__always)
    static func stream(_ a: Vector, to address: UnsafeMutableRawPointer) {
      vector256_stream(address, a)
    }

    @inline(__always)
    static func streamFence() { vector_stream_fence() }

    @inline(__always)
    static func prefetch(_ address: UnsafeRawPointer) { vector_prefetch(address) }

    @inline(__always)
    static func prefetchFar(_ address: UnsafeRawPointer) { vector_prefetch_far(address) }

    @inline(__always)
    static func broadcast(byte: UInt8) -> Integers {
      Integers(repeating: Int64(bitPattern: UInt64(byte) &* 0x0101_0101_0101_0101))
    }

    @inline(__always)
    static func addWords(_ a: Integers, _ b: Integers) -> Integers { a &+ b }

    @inline(__always)
    static func sumWords(_ a: Integers) -> UInt64 {
      let two = a.lowHalf &+ a.highHalf
      return UInt64(bitPattern: two[0] &+ two[1])
    }

    @inline(__always)
    static func sumInts(_ a: Integers) -> Int32 {
      let lanes = unsafeBitCast(a, to: SIMD8<Int32>.self)
      let four = lanes.lowHalf &+ lanes.highHalf
      let two = four.lowHalf &+ four.highHalf
      return two[0] &+ two[1]
    }

    @inline(__always)
    static func dotBytes(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers {
      vector256_dot_bytes(sums, a, b)
    }

    @inline(__always)
    static var groupLength: Int { 2 }

    @inline(__always)
    static func load(groups address: UnsafePointer<Int8>) -> Integers {
      vector256_from_byte_pairs(UnsafeRawPointer(address).loadUnaligned(as: SIMD2<Int64>.self))
    }

    @inline(__always)
    static func load(woven address: UnsafePointer<Int8>, distance: Int) -> Integers {
      let row = UnsafeRawPointer(address)
      return vector256_weave_bytes(
        row.loadUnaligned(as: Int64.self),
        row.loadUnaligned(fromByteOffset: distance, as: Int64.self))
    }

    @inline(__always)
    static func dotGroups(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers {
      vector256_dot_pairs(sums, a, b)
    }

    @inline(__always)
    static func opaque(_ a: Integers) -> Integers { vector256_opaque(a) }
  }

  /// The kernels of this module; what each does is said where the algorithm is, in KernelAlgorithms.
  public let kernels = KernelSet(AVX2.self)
#endif
