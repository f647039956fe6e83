#if arch(arm64)
  internal import CShims
  public import KernelAlgorithms

  /// NEON: 32 registers of 4 floats.
  enum NEON: InstructionSet {
    typealias Vector = SIMD4<Float>
    typealias Integers = SIMD2<Int64>
    typealias Tile = TwelveRows<NEON>
    typealias ByteTile = TwelveHigh<ByteTileRow<NEON>>

    @inline(__always)
    static func broadcast(_ value: Float) -> Vector { Vector(repeating: value) }

    @inline(__always)
    static func broadcast(half bits: UInt16) -> Vector {
      vector128_from_half(0x0001_0001_0001_0001 &* UInt64(bits))
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
    static func maximum(_ a: Vector, _ b: Vector) -> Vector { vector128_maximum(a, b) }

    @inline(__always)
    static func scale(_ a: Vector, byPowerOfTwo n: Vector) -> Vector { vector128_scale(a, n) }

    @inline(__always)
    static func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
      c.addingProduct(a, b)
    }

    @inline(__always)
    static func multiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float { c.addingProduct(a, b) }

    @inline(__always)
    static func sum(_ a: Vector) -> Float {
      let two = a.lowHalf + a.highHalf
      return two[0] + two[1]
    }

    @inline(__always)
    static func largest(_ a: Vector) -> Float {
      vector128_largest(a)
    }

    @inline(__always)
    static func sums(_ a: Vector, _ b: Vector) -> SIMD2<Float> {
      vector128_sums(a, b)
    }

    @inline(__always)
    static func load(half address: UnsafePointer<UInt16>) -> Vector {
      vector128_from_half(UnsafeRawPointer(address).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    static func load(brain address: UnsafePointer<UInt16>) -> Vector {
      vector128_from_brain(UnsafeRawPointer(address).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    static func load(bytes address: UnsafePointer<Int8>) -> Vector {
      vector128_from_bytes(UnsafeRawPointer(address).loadUnaligned(as: UInt32.self))
    }

    @inline(__always)
    static func store(_ a: Vector, half address: UnsafeMutablePointer<UInt16>) {
      UnsafeMutableRawPointer(address).storeBytes(of: vector128_to_half(a), as: UInt64.self)
    }

    @inline(__always)
    static func store(_ a: Vector, brain address: UnsafeMutablePointer<UInt16>) {
      UnsafeMutableRawPointer(address).storeBytes(of: vector128_to_brain(a), as: UInt64.self)
    }

    @inline(__always)
    static func storeColumns(
      _ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector, to address: UnsafeMutableRawPointer,
      distance: Int
    ) { vector128_store_columns(a, b, c, d, address, distance) }

    @inline(__always)
    static func stream(_ a: Vector, to address: UnsafeMutableRawPointer) {
      vector128_stream(address, a)
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
      UInt64(bitPattern: a[0] &+ a[1])
    }

    @inline(__always)
    static func sumInts(_ a: Integers) -> Int32 {
      let lanes = unsafeBitCast(a, to: SIMD4<Int32>.self)
      let two = lanes.lowHalf &+ lanes.highHalf
      return two[0] &+ two[1]
    }

    @inline(__always)
    static func dotBytes(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers {
      neon_dot_bytes(sums, a, b)
    }

    @inline(__always)
    static var groupLength: Int { 4 }

    @inline(__always)
    static func load(groups address: UnsafePointer<Int8>) -> Integers {
      loadIntegers(address)
    }

    @inline(__always)
    static func load(woven address: UnsafePointer<Int8>, distance: Int) -> Integers {
      let row = UnsafeRawPointer(address)
      return vector128_weave_four(
        row.loadUnaligned(as: UInt32.self),
        row.loadUnaligned(fromByteOffset: distance, as: UInt32.self),
        row.loadUnaligned(fromByteOffset: 2 &* distance, as: UInt32.self),
        row.loadUnaligned(fromByteOffset: 3 &* distance, as: UInt32.self))
    }

    @inline(__always)
    static func dotGroups(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers {
      neon_dot_bytes(sums, a, b)
    }

    @inline(__always)
    static func opaque(_ a: Integers) -> Integers { vector128_opaque(a) }
  }

  /// The kernels of this module; what each does is said where the algorithm is, in KernelAlgorithms.
  public let kernels = KernelSet(NEON.self)
#endif
