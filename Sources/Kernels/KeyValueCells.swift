public import KernelAlgorithms

/// One layer's keys and values as they lie in memory: [KV head][cell][number], with any distances.
///
/// Values may lie in the memory of keys: in MLA's latent form there is one KV head, a key is the
/// latent and its rotary part, and the value is the first numbers of the same row.
/// Whoever makes one keeps the memory alive and unwritten for as long as attention reads it.
public struct KeyValueCells: @unchecked Sendable {
  /// Rows of one kind: where they start, and how far apart they are.
  public struct Rows: @unchecked Sendable {
    /// The first number of the first cell of the first KV head.
    public var start: UnsafeRawPointer
    /// Numbers of a row.
    public var dim: Int
    /// Bytes from a cell's row to the next cell's.
    public var rowBytes: Int
    /// Bytes from a KV head's rows to the next KV head's.
    public var headBytes: Int

    /// Memberwise.
    public init(start: UnsafeRawPointer, dim: Int, rowBytes: Int, headBytes: Int) {
      (self.start, self.dim, self.rowBytes, self.headBytes) = (start, dim, rowBytes, headBytes)
    }
  }

  /// How numbers are stored.
  public var type: CellType
  /// KV heads.
  public var kvHeads: Int
  /// Cells that hold something; cell j is that of position j.
  public var cells: Int
  /// The keys.
  public var keys: Rows
  /// The values.
  public var values: Rows

  /// Memberwise.
  public init(type: CellType, kvHeads: Int, cells: Int, keys: Rows, values: Rows) {
    (self.type, self.kvHeads, self.cells) = (type, kvHeads, cells)
    (self.keys, self.values) = (keys, values)
  }

  /// Throws where extents are no cache: what `attend` relies on.
  func check() throws(KernelError) {
    guard (1...Self.longest).contains(kvHeads), (0...Self.mostCells).contains(cells) else {
      throw KernelError(
        description: "a key-value cache needs 1 to \(Self.longest) KV heads and 0 to "
          + "\(Self.mostCells) cells, not \(kvHeads) and \(cells)")
    }
    for (name, rows) in [("keys", keys), ("values", values)] {
      guard (1...Self.longest).contains(rows.dim), rows.dim.isMultiple(of: type.blockElements)
      else {
        throw KernelError(
          description: "\(name) of \(type.rawValue) need 1 to \(Self.longest) numbers a row in "
            + "whole blocks of \(type.blockElements), not \(rows.dim)")
      }
      let row = type.bytes(elements: rows.dim)
      guard rows.rowBytes >= row, rows.headBytes >= 0 else {
        throw KernelError(
          description:
            "\(name) of \(row) bytes a row can't lie \(rows.rowBytes) bytes apart, their "
            + "heads \(rows.headBytes)")
      }
    }
  }

  /// Numbers of a row, heads and queries of a call: more than any model has, so that sizes can't
  /// overflow.
  static var longest: Int { 1 << 16 }
  /// Cells, likewise.
  static var mostCells: Int { 1 << 32 }
}
