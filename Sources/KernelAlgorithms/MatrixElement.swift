// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A type that matrices are stored in, and the words of 32 bits that it is multiplied as.
///
/// The register tiles know two kinds of word: a float, or a few bytes that one instruction
/// multiplies and adds up (`InstructionSet.dotGroups`). Packing turns elements into words.
public protocol MatrixElement: SendableMetatype {
  /// How one element lies in memory.
  associatedtype Stored: BitwiseCopyable
  /// Elements in a word, successive in k.
  static func wordLength<Instructions: InstructionSet>(_ tag: Instructions.Type) -> Int
  /// A register of words from `lanes` · `wordLength` elements, however they are aligned.
  static func load<Instructions: InstructionSet>(
    _ address: UnsafePointer<Stored>, _ tag: Instructions.Type
  ) -> Instructions.Vector
}

/// Single precision.
public enum SingleElement: MatrixElement {
  public typealias Stored = Float

  @inlinable @inline(__always)
  public static func wordLength<Instructions: InstructionSet>(_ tag: Instructions.Type) -> Int { 1 }

  @inlinable @inline(__always)
  public static func load<Instructions: InstructionSet>(
    _ address: UnsafePointer<Float>, _ tag: Instructions.Type
  ) -> Instructions.Vector { Instructions.load(address) }
}

/// Half precision, computed in single.
public enum HalfElement: MatrixElement {
  public typealias Stored = UInt16

  @inlinable @inline(__always)
  public static func wordLength<Instructions: InstructionSet>(_ tag: Instructions.Type) -> Int { 1 }

  @inlinable @inline(__always)
  public static func load<Instructions: InstructionSet>(
    _ address: UnsafePointer<UInt16>, _ tag: Instructions.Type
  ) -> Instructions.Vector { Instructions.load(half: address) }
}

/// bfloat16, computed in single precision.
public enum BrainElement: MatrixElement {
  public typealias Stored = UInt16

  @inlinable @inline(__always)
  public static func wordLength<Instructions: InstructionSet>(_ tag: Instructions.Type) -> Int { 1 }

  @inlinable @inline(__always)
  public static func load<Instructions: InstructionSet>(
    _ address: UnsafePointer<UInt16>, _ tag: Instructions.Type
  ) -> Instructions.Vector { Instructions.load(brain: address) }
}

/// Signed bytes, computed in whole numbers: a word is a group of `groupLength` of them.
public enum ByteElement: MatrixElement {
  public typealias Stored = Int8

  @inlinable @inline(__always)
  public static func wordLength<Instructions: InstructionSet>(_ tag: Instructions.Type) -> Int {
    Instructions.groupLength
  }

  @inlinable @inline(__always)
  public static func load<Instructions: InstructionSet>(
    _ address: UnsafePointer<Int8>, _ tag: Instructions.Type
  ) -> Instructions.Vector {
    unsafeBitCast(Instructions.load(groups: address), to: Instructions.Vector.self)
  }
}
