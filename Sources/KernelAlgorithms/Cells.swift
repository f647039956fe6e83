// The requirement is documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A type of cell, as a type: kernels that read cells in their inner loop are compiled for each.
public protocol Cells {
  /// Two vectors: elements `index` … `index` + 2 · lanes − 1 of the row at `row`; `index` is a
  /// multiple of 2 · lanes, which is 32 at most.
  static func loadPair<Instructions: InstructionSet>(
    _ row: UnsafeRawPointer, at index: Int, _ instructions: Instructions.Type
  ) -> (Instructions.Vector, Instructions.Vector)
}

/// Cells in single precision.
public enum SingleCells: Cells {
  @inlinable @inline(__always)
  public static func loadPair<Instructions: InstructionSet>(
    _ row: UnsafeRawPointer, at index: Int, _ instructions: Instructions.Type
  ) -> (Instructions.Vector, Instructions.Vector) {
    let from = row.assumingMemoryBound(to: Float.self) + index
    return (Instructions.load(from), Instructions.load(from + Instructions.lanes))
  }
}

/// Cells in half precision.
public enum HalfCells: Cells {
  @inlinable @inline(__always)
  public static func loadPair<Instructions: InstructionSet>(
    _ row: UnsafeRawPointer, at index: Int, _ instructions: Instructions.Type
  ) -> (Instructions.Vector, Instructions.Vector) {
    let from = row.assumingMemoryBound(to: UInt16.self) + index
    return (Instructions.load(half: from), Instructions.load(half: from + Instructions.lanes))
  }
}

/// Cells in bfloat16.
public enum BrainCells: Cells {
  @inlinable @inline(__always)
  public static func loadPair<Instructions: InstructionSet>(
    _ row: UnsafeRawPointer, at index: Int, _ instructions: Instructions.Type
  ) -> (Instructions.Vector, Instructions.Vector) {
    let from = row.assumingMemoryBound(to: UInt16.self) + index
    return (Instructions.load(brain: from), Instructions.load(brain: from + Instructions.lanes))
  }
}

/// Cells in blocks of q8_0.
public enum EightBitCells: Cells {
  @inlinable @inline(__always)
  public static func loadPair<Instructions: InstructionSet>(
    _ row: UnsafeRawPointer, at index: Int, _ instructions: Instructions.Type
  ) -> (Instructions.Vector, Instructions.Vector) {
    let block = row + 34 &* (index &>> 5)
    let scale = Instructions.broadcast(half: block.loadUnaligned(as: UInt16.self))
    let from = (block + (2 &+ (index & 31))).assumingMemoryBound(to: Int8.self)
    return (
      Instructions.multiply(Instructions.load(bytes: from), scale),
      Instructions.multiply(Instructions.load(bytes: from + Instructions.lanes), scale)
    )
  }
}
