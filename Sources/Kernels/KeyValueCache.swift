public import KernelAlgorithms
import Tensors

/// The keys and values that one layer has computed so far, in memory of its own: [KV
/// head][cell][number].
///
/// Not to be appended to while attention reads it.
public final class KeyValueCache {
  /// How numbers are stored.
  public let type: CellType
  /// KV heads.
  public let kvHeads: Int
  /// Numbers of a key.
  public let keyDim: Int
  /// Numbers of a value.
  public let valueDim: Int
  /// Cells that there is room for.
  public let capacity: Int
  /// Cells that hold something.
  public private(set) var count = 0

  private let table: KernelTable
  private let keys: AlignedBuffer
  /// Nil where values are the first numbers of the keys.
  private let values: AlignedBuffer?

  /// An empty cache of `capacity` cells.
  ///
  /// - Parameter sharesRows: MLA's latent form: there is one KV head, and the value is the first
  ///   `valueDim` numbers of the key.
  ///
  /// Errors: extents below 1, a row that is not whole blocks, more than the system gives.
  /// Cost: no page is touched.
  public init(
    type: CellType, kvHeads: Int, keyDim: Int, valueDim: Int, capacity: Int,
    sharesRows: Bool = false, table: KernelTable = .best
  ) throws(KernelError) {
    (self.type, self.kvHeads, self.capacity, self.table) = (type, kvHeads, capacity, table)
    (self.keyDim, self.valueDim) = (keyDim, valueDim)
    guard (1...KeyValueCells.mostCells).contains(capacity), !sharesRows || valueDim <= keyDim else {
      throw KernelError(
        description: "a key-value cache needs 1 to \(KeyValueCells.mostCells) cells, and values no "
          + "longer than keys where they share rows, not \(capacity) cells, keys of \(keyDim) and "
          + "values of \(valueDim)")
    }
    // No cell is looked at.
    let none = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    defer { none.deallocate() }
    func rows(_ dim: Int) -> KeyValueCells.Rows {
      KeyValueCells.Rows(start: UnsafeRawPointer(none), dim: dim, rowBytes: .max, headBytes: 0)
    }
    try KeyValueCells(
      type: type, kvHeads: kvHeads, cells: 0, keys: rows(keyDim), values: rows(valueDim)
    ).check()
    keys = try Self.memory(type, kvHeads, keyDim, capacity)
    values = sharesRows ? nil : try Self.memory(type, kvHeads, valueDim, capacity)
  }

  private static func memory(
    _ type: CellType, _ kvHeads: Int, _ dim: Int, _ capacity: Int
  ) throws(KernelError) -> AlignedBuffer {
    // 2¹⁶ heads · 2¹⁸ bytes a row · 2³² cells would pass an Int.
    let (bytes, overflow) = (kvHeads * type.bytes(elements: dim))
      .multipliedReportingOverflow(by: capacity)
    guard !overflow else {
      throw KernelError(description: "a key-value cache of \(capacity) cells is too large")
    }
    do { return try AlignedBuffer(byteCount: bytes, pages: .huge) } catch {
      throw KernelError(description: "no memory for a key-value cache: \(error)")
    }
  }

  /// Stores the rows of `tokens` new tokens in cells `position` … `position` + `tokens` − 1, and
  /// forgets what lay beyond them.
  ///
  /// Shapes: `keys` f32 [token][KV head][keyDim], `values` f32 [token][KV head][valueDim]; without
  /// `values` in a cache that shares rows. Numbers are rounded to nearest, ties to even; q8_0 is
  /// ggml's: d = max|x| ÷ 127 in half precision, q = x ÷ d (with d unrounded), halves away from
  /// zero.
  /// Errors: a position past `count`, no room, or values missing or not wanted.
  public func append(
    keys newKeys: UnsafePointer<Float>, values newValues: UnsafePointer<Float>?, tokens: Int,
    at position: Int
  ) throws(KernelError) {
    guard tokens >= 0, (0...count).contains(position), tokens <= capacity - position else {
      throw KernelError(
        description:
          "\(tokens) tokens at position \(position) don't follow the \(count) cells of a "
          + "cache with room for \(capacity)")
    }
    guard (newValues == nil) == (values == nil) else {
      throw KernelError(
        description: values == nil
          ? "values are a part of the keys here and can't be given"
          : "values are missing: this cache keeps them apart from its keys")
    }
    store(newKeys, in: keys, dim: keyDim, tokens: tokens, at: position)
    if let newValues, let values {
      store(newValues, in: values, dim: valueDim, tokens: tokens, at: position)
    }
    count = position + tokens
  }

  private func store(
    _ from: UnsafePointer<Float>, in buffer: AlignedBuffer, dim: Int, tokens: Int, at position: Int
  ) {
    let row = type.bytes(elements: dim)
    for token in 0..<tokens {
      for head in 0..<kvHeads {
        let cell = buffer.baseAddress + (head * capacity + position + token) * row
        table.attention.storeCells(type, from + (token * kvHeads + head) * dim, cell, dim)
      }
    }
  }

  /// Calls `body` with the cells that hold something, which stay valid until it returns.
  public func withCells<Result, Failure: Error>(
    _ body: (KeyValueCells) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    func rows(_ buffer: AlignedBuffer, _ dim: Int) -> KeyValueCells.Rows {
      let row = type.bytes(elements: keys === buffer ? keyDim : dim)
      return KeyValueCells.Rows(
        start: buffer.baseAddress, dim: dim, rowBytes: row, headBytes: row * capacity)
    }
    return try body(
      KeyValueCells(
        type: type, kvHeads: kvHeads, cells: count, keys: rows(keys, keyDim),
        values: rows(values ?? keys, valueDim)))
  }
}
