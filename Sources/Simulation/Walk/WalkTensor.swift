import Kernels
public import Models
public import Tensors

/// One tensor of a walk: what it is, how it is stored, and where its bytes lie.
public struct WalkTensor: Sendable, Equatable {
  /// How a tensor's bytes are walked over.
  public enum Form: String, Sendable {
    /// Multiplied in place: panels, as the kernels read them.
    case panels
    /// Repacked panel by panel, then multiplied: rows of blocks, as GGUF has them.
    case blocks
    /// Multiplied in place: rows of floats.
    case floats
    /// Read and nothing else: vectors, tables, types without kernels.
    case bytes
  }

  /// Its name as GGUF spells it.
  public let name: String
  /// The layer it belongs to; nil for the whole model's.
  public let layer: Int?
  /// The part it plays.
  public let role: Tensor.Role
  /// How its elements are stored.
  public let type: ElementType
  /// How its bytes are walked over.
  public let form: Form
  /// Matrices of the same shape: the experts of a layer, else one.
  public let count: Int
  /// Rows of a matrix: outputs.
  public let rows: Int
  /// Columns of a matrix: inputs.
  public let columns: Int
  /// The first byte.
  public internal(set) var offset: Int
  /// Bytes of a matrix.
  public let matrixBytes: Int
  /// Rows that can't be divided between two steps, and their bytes.
  let unit: (rows: Int, bytes: Int)

  /// Bytes of all matrices.
  public var byteCount: Int { count * matrixBytes }

  /// `tensor` at `offset`; `isHead`: it is (also) the output projection, `asPanels`: blocks are stored as
  /// panels.
  init(
    _ tensor: Tensor, isHead: Bool, asPanels: Bool, offset: Int, table: KernelTable
  ) throws(SimulationError) {
    (name, role, type, self.offset) = (tensor.name, tensor.role, tensor.type, offset)
    layer = Self.layer(of: tensor.name)
    let isRouted = tensor.role == .routedExperts
    guard !isRouted || tensor.name.contains("_exps") else {
      throw SimulationError(
        .malformed,
        "'\(tensor.name)' is one expert by itself, as in files of 2023; expected all of a layer in one "
          + "tensor: convert the model again")
    }
    count = max(isRouted ? tensor.shape.last ?? 1 : 1, 1)
    columns = max(tensor.shape.first ?? 1, 1)
    rows = max(tensor.elements / columns / count, 1)
    let bytes = tensor.bytes / count
    let isMatrix = Self.isMatrix(tensor, isHead: isHead)
    if isMatrix, let shape = PanelShape(type, rows: rows, columns: columns, table: table) {
      form = asPanels ? .panels : .blocks
      matrixBytes = asPanels ? shape.byteCount : bytes
      unit = (shape.rows, asPanels ? shape.panelBytes : bytes / rows * shape.rows)
    } else {
      form = isMatrix && [.f32, .f16, .bf16].contains(type) ? .floats : .bytes
      matrixBytes = bytes
      unit = (16, bytes / rows * 16)
    }
  }

  /// By what is stored.
  public static func == (a: Self, b: Self) -> Bool {
    a.name == b.name && a.type == b.type && a.form == b.form && a.count == b.count
      && a.rows == b.rows && a.columns == b.columns && a.offset == b.offset
  }

  /// Where rows of matrix `matrix` lie; the first is the first of a unit.
  func bytes(matrix: Int, rows part: Range<Int>) -> Range<Int> {
    let start = offset + matrix * matrixBytes
    let end =
      part.upperBound == rows ? matrixBytes : part.upperBound / unit.rows * unit.bytes
    return start + part.lowerBound / unit.rows * unit.bytes..<start + end
  }

  /// Where about row `row` of a table lies.
  func row(_ row: Int) -> Range<Int> {
    let bytes = matrixBytes / rows
    return offset + row * bytes..<offset + (row + 1) * bytes
  }

  private static func isMatrix(_ tensor: Tensor, isHead: Bool) -> Bool {
    guard tensor.name.hasSuffix(".weight") else { return false }
    switch tensor.role {
    case .attention, .feedForward: return tensor.shape.count >= 2
    case .routedExperts: return tensor.shape.count >= 3
    case .small: return tensor.shape.count == 2 && tensor.name.contains("ffn_gate_inp")
    case .output, .tokenEmbedding: return isHead
    case .lookup, .auxiliary: return false
    }
  }

  /// The N of `blk.N.…`.
  static func layer(of name: String) -> Int? {
    let fields = name.split(separator: ".", maxSplits: 2)
    return fields.count == 3 && fields[0] == "blk" ? Int(fields[1]) : nil
  }
}

extension WalkTensor {
  /// When its turn comes within a layer; `mixer` is the place of attention itself.
  var turn: Int {
    let part = name.split(separator: ".").dropFirst(2).first ?? ""
    if name.contains("ffn_gate_inp") { return 3 }
    switch role {
    case .small: return part.hasPrefix("ffn") || part.hasPrefix("exp_probs") ? 3 : 0
    case .attention:
      return ["attn_output", "ssm_out", "out_proj"].contains { name.contains($0) } ? 2 : 1
    case .feedForward, .routedExperts: return part.contains("down") ? 5 : 4
    default: return 6
    }
  }

  /// Attention comes after turns before this one.
  static let mixerTurn = 2
}
