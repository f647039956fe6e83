import KernelPlugin
import Tensors

/// A call of somebody else's kernel: an operation, its argument struct of `plimsoll_kernel.h`, and
/// which of the struct's pointers is which buffer.
///
/// Nothing here knows one operation from another, so that a new one needs a struct in the header and a
/// case in `Operation`.
public struct ForeignCall: Sendable, Codable, Equatable {
  /// The operations of the header; the raw value is the header's number.
  public enum Operation: Int32, Sendable, Codable, CaseIterable {
    case matmul = 1
    case gemv
    case attention
    case moe

    /// The operation's name.
    public var name: String { "\(self)" }
    /// The entry point's name.
    var symbol: String { "plimsoll_kernel_\(self)" }
  }

  /// What is to be done.
  public let operation: Operation
  /// ggml's number of the weights' type.
  public let type: Int32
  /// The argument struct's bytes; head and pointers are filled in where it is called.
  let arguments: [UInt8]
  /// Where the struct has the pointer to each input.
  let inputOffsets: [Int]
  /// Where the struct has the pointer to each output.
  let outputOffsets: [Int]

  /// A call with `arguments`, whose pointers `inputs` and `outputs` are set later.
  ///
  /// Nil where a key path is not a stored member of the struct.
  public init?<Arguments: BitwiseCopyable>(
    _ operation: Operation, type: ElementType, arguments: Arguments,
    inputs: [PartialKeyPath<Arguments>], outputs: [PartialKeyPath<Arguments>]
  ) {
    let (from, to) = (
      inputs.compactMap(MemoryLayout.offset), outputs.compactMap(MemoryLayout.offset)
    )
    guard from.count == inputs.count, to.count == outputs.count else { return nil }
    self.operation = operation
    self.type = Self.number(of: type)
    self.arguments = withUnsafeBytes(of: arguments, Array.init)
    (inputOffsets, outputOffsets) = (from, to)
  }

  /// ggml's number of a type, as the header has it; −1 for a type that ggml has no number for.
  public static func number(of type: ElementType) -> Int32 {
    Int32((0...63).first { ElementType(ggmlID: $0) == type } ?? -1)
  }

  /// Memory for the struct with head and pointers filled in; whoever asks gives it back.
  func makeArguments(
    threads: Int, inputs: [AlignedBuffer], outputs: [AlignedBuffer],
    state: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: arguments.count, alignment: 16)
    memory.copyMemory(from: arguments, byteCount: arguments.count)
    memory.storeBytes(
      of: plimsoll_call(size: UInt32(arguments.count), threads: Int32(threads), state: state),
      as: plimsoll_call.self)
    let pointers = zip(inputOffsets + outputOffsets, (inputs + outputs).map(\.baseAddress))
    for (offset, pointer) in pointers {
      memory.storeBytes(of: pointer, toByteOffset: offset, as: UnsafeMutableRawPointer.self)
    }
    return memory
  }

  /// The arguments as the struct they are, with null pointers; nil when they are another one.
  func decoded<Arguments: BitwiseCopyable>(as type: Arguments.Type) -> Arguments? {
    guard arguments.count == MemoryLayout<Arguments>.size else { return nil }
    return arguments.withUnsafeBytes { $0.loadUnaligned(as: type) }
  }
}
