import KernelAlgorithms
public import Tensors

/// A matrix in memory, row-major, as an operation reads it.
///
/// `@unchecked Sendable`: the memory belongs to the caller, who leaves it alone while an operation runs.
public struct MatrixOperand: @unchecked Sendable {
  /// The first element; any alignment.
  public var address: UnsafeRawPointer
  /// How an element is stored.
  public var type: ElementType
  /// Elements from the start of a row to that of the next; nil is without gaps.
  public var rowDistance: Int?

  /// Memberwise.
  public init(_ address: UnsafeRawPointer, type: ElementType, rowDistance: Int? = nil) {
    self.address = address
    self.type = type
    self.rowDistance = rowDistance
  }

  /// Bytes of an element.
  var elementBytes: Int { type.block.bytes }
}

extension MatrixKernels {
  /// The kernels for operands of a type of float.
  ///
  /// Errors: any other type, by name.
  func operand(_ type: ElementType) throws(KernelError) -> OperandKernels {
    switch type {
    case .f32: f32
    case .f16: f16
    case .bf16: bf16
    default:
      throw KernelError(
        description: "matmul takes operands of F32, F16 or BF16 here, not \(type.rawValue)")
    }
  }
}
