#if arch(x86_64)
  internal import CShims
  public import KernelAlgorithms

  /// AVX-512 F, BW, VL, DQ and VNNI: 32 registers of 16 floats.
  enum AVX512: InstructionSet {
    typealias Vector = SIMD16<Float>
    typealias Integers = SIMD8<Int64>
    typealias Tile = TwelveRows<AVX512>
    typealias ByteTile = TwelveHigh<ByteTileRow<AVX512>>

    @inline(__always)
    static func broadcast(_ value: Float) -> Vector { Vector(repeating: value) }

    @inline(__always)
    static func broadcast(half bits: UInt16) -> Vector {
      vector512_from_half(
        unsafeBitCast(SIMD16<UInt16>(repeating: bits), to: SIMD4<Int64>.self))
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
    static func maximum(_ a: Vector, _ b: Vector) -> Vector { vector512_maximum(a, b) }

    @inline(__always)
    static func scale(_ a: Vector, byPowerOfTwo n: Vector) -> Vector { vector512_scale(a, n) }

    @inline(__always)
    static func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
      c.addingProduct(a, b)
    }

    @inline(__always)
    static func multiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float { c.addingProduct(a, b) }

    @inline(__always)
    static func sum(_ a: Vector) -> Float {
      let eight = a.lowHalf + a.highHalf
      let four = eight.lowHalf + eight.highHalf
      let two = four.lowHalf + four.highHalf
      return two[0] + two[1]
    }

    @inline(__always)
    static func largest(_ a: Vector) -> Float {
      let b = vector256_maximum(a.lowHalf, a.highHalf)
      return vector128_largest(vector128_maximum(b.lowHalf, b.highHalf))
    }

    @inline(__always)
    static func sums(_ a: Vector, _ b: Vector) -> SIMD2<Float> {
      let (c, d) = (a.lowHalf + a.highHalf, b.lowHalf + b.highHalf)
      return vector128_sums(c.lowHalf + c.highHalf, d.lowHalf + d.highHalf)
    }

    @inline(__always)
    static func load(half address: UnsafePointer<UInt16>) -> Vector {
      vector512_from_half(UnsafeRawPointer(address).loadUnaligned(as: SIMD4<Int64>.self))
    }

    @inline(__always)
    static func load(brain address: UnsafePointer<UInt16>) -> Vector {
      vector512_from_brain(UnsafeRawPointer(address).loadUnaligned(as: SIMD4<Int64>.self))
    }

    @inline(__always)
    static func load(bytes address: UnsafePointer<Int8>) -> Vector {
      vector512_from_bytes(UnsafeRawPointer(address).loadUnaligned(as: SIMD2<Int64>.self))
    }

    @inline(__always)
    static func store(_ a: Vector, half address: UnsafeMutablePointer<UInt16>) {
      UnsafeMutableRawPointer(address).storeBytes(of: vector512_to_half(a), as: SIMD4<Int64>.self)
    }

    @inline(__always)
    static func store(_ a: Vector, brain address: UnsafeMutablePointer<UInt16>) {
      UnsafeMutableRawPointer(address).storeBytes(of: vector512_to_brain(a), as: SIMD4<Int64>.self)
    }

    @inline(__always)
    static func storeColumns(
      _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, to address: UnsafeMutableRawPointer,
      distance: Int
    ) { vector512_store_columns(a, b, c, d, address, distance) }

    @inline(__always)
    static func stream(_ a: Vector, to address: UnsafeMutableRawPointer) {
      vector512_stream(address, a)
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
      let four = a.lowHalf &+ a.highHalf
      let two = four.lowHalf &+ four.highHalf
      return UInt64(bitPattern: two[0] &+ two[1])
    }

    @inline(__always)
    static func sumInts(_ a: Integers) -> Int32 {
      let lanes = unsafeBitCast(a, to: SIMD16<Int32>.self)
      let eight = lanes.lowHalf &+ lanes.highHalf
      let four = eight.lowHalf &+ eight.highHalf
      let two = four.lowHalf &+ four.highHalf
      return two[0] &+ two[1]
    }

    @inline(__always)
    static func dotBytes(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers {
      vector512_dot_bytes(sums, a, b)
    }

    @inline(__always)
    static var groupLength: Int { 2 }

    @inline(__always)
    static func load(groups address: UnsafePointer<Int8>) -> Integers {
      vector512_from_byte_pairs(UnsafeRawPointer(address).loadUnaligned(as: SIMD4<Int64>.self))
    }

    @inline(__always)
    static func load(woven address: UnsafePointer<Int8>, distance: Int) -> Integers {
      let row = UnsafeRawPointer(address)
      return vector512_weave_bytes(
        row.loadUnaligned(as: SIMD2<Int64>.self),
        row.loadUnaligned(fromByteOffset: distance, as: SIMD2<Int64>.self))
    }

    @inline(__always)
    static func dotGroups(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers {
      vector512_dot_pairs(sums, a, b)
    }

    @inline(__always)
    static func opaque(_ a: Integers) -> Integers { vector512_opaque(a) }
  }

  /// The kernels of this module; what each does is said where the algorithm is, in KernelAlgorithms.
  public let kernels = KernelSet(AVX512.self)
#endif
