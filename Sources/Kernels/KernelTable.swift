import KernelsAVX2
import KernelsAVX512
import KernelsBaseline
import KernelsNEON

/// The kernels of one instruction set, single-threaded, over raw memory: the dispatch table.
///
/// Each entry is the function of the same name in `KernelAlgorithms`, compiled for the set.
public struct KernelTable: Sendable {
  /// What the kernels are compiled for.
  public let instructionSet: InstructionSetName
  /// Rows of matmul's register tile.
  public let tileRows: Int
  /// Columns of matmul's register tile.
  public let tileColumns: Int
  /// Floating-point operations in one iteration of `fmaPeak`.
  public let fmaPeakOperations: Int
  /// Integer operations in one iteration of `dotPeak`.
  public let dotPeakOperations: Int

  /// The sum of the words of 64 bits in so many bytes.
  public let read: @Sendable (UnsafeRawPointer, Int) -> UInt64
  /// destination = source, so many floats.
  public let copy: @Sendable (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
  /// a = b + scale · c, so many floats.
  public let triad:
    @Sendable (
      UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Float, Int
    ) -> Void
  /// So many iterations of multiply-adds on registers.
  public let fmaPeak: @Sendable (Int) -> Float
  /// So many iterations of byte dot products on registers.
  public let dotPeak: @Sendable (Int) -> Int32

  typealias Pack =
    @Sendable (
      UnsafePointer<Float>, Int, Int, Int, UnsafeMutablePointer<Float>
    ) -> Void
  /// (a, lda, rows, depth, packed)
  let packLeft: Pack
  /// (b, ldb, depth, columns, packed)
  let packRight: Pack
  /// (a, b, rows, columns, depth, c, ldc, accumulate)
  let multiplyPacked:
    @Sendable (
      UnsafePointer<Float>, UnsafePointer<Float>, Int, Int, Int, UnsafeMutablePointer<Float>, Int,
      Bool
    ) -> Void
  /// (a, lda, rows, columns, x, y)
  let matrixVector:
    @Sendable (
      UnsafePointer<Float>, Int, Int, Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>
    ) -> Void

  /// The tables this CPU can run, slowest first.
  public static let supported = InstructionSetName.allCases.compactMap(named)

  /// The fastest table this CPU can run.
  public static let best = supported.last ?? baseline

  /// The table of a name, or nil when this CPU can't run it.
  public static func named(_ name: InstructionSetName) -> KernelTable? {
    guard name.isSupported else { return nil }
    switch name {
    case .baseline: return baseline
    #if arch(x86_64)
      case .avx2: return avx2
      case .avx512: return avx512
    #elseif arch(arm64)
      case .neon: return neon
    #endif
    default: return nil
    }
  }

  /// The table that the environment variable `PLIMSOLL_ISA` names, or the best one without it.
  ///
  /// Errors: an unknown name, or a set this CPU doesn't have.
  public static func selected(
    environment: [String: String]
  ) throws(KernelError) -> KernelTable {
    guard let wish = environment["PLIMSOLL_ISA"], !wish.isEmpty else { return best }
    guard let table = InstructionSetName(rawValue: wish).flatMap(named) else {
      let names = supported.map(\.instructionSet.rawValue).joined(separator: ", ")
      throw KernelError(description: "PLIMSOLL_ISA is '\(wish)'; this CPU runs \(names)")
    }
    return table
  }

  private static let baseline = KernelTable(
    instructionSet: .baseline, tileRows: KernelsBaseline.tileRows,
    tileColumns: KernelsBaseline.tileColumns,
    fmaPeakOperations: KernelsBaseline.fmaPeakOperations,
    dotPeakOperations: KernelsBaseline.dotPeakOperations, read: KernelsBaseline.read,
    copy: KernelsBaseline.copy, triad: KernelsBaseline.triad, fmaPeak: KernelsBaseline.fmaPeak,
    dotPeak: KernelsBaseline.dotPeak, packLeft: KernelsBaseline.packLeft,
    packRight: KernelsBaseline.packRight, multiplyPacked: KernelsBaseline.multiplyPacked,
    matrixVector: KernelsBaseline.matrixVector)

  #if arch(x86_64)
    private static let avx2 = KernelTable(
      instructionSet: .avx2, tileRows: KernelsAVX2.tileRows,
      tileColumns: KernelsAVX2.tileColumns, fmaPeakOperations: KernelsAVX2.fmaPeakOperations,
      dotPeakOperations: KernelsAVX2.dotPeakOperations, read: KernelsAVX2.read,
      copy: KernelsAVX2.copy, triad: KernelsAVX2.triad, fmaPeak: KernelsAVX2.fmaPeak,
      dotPeak: KernelsAVX2.dotPeak, packLeft: KernelsAVX2.packLeft,
      packRight: KernelsAVX2.packRight, multiplyPacked: KernelsAVX2.multiplyPacked,
      matrixVector: KernelsAVX2.matrixVector)

    private static let avx512 = KernelTable(
      instructionSet: .avx512, tileRows: KernelsAVX512.tileRows,
      tileColumns: KernelsAVX512.tileColumns,
      fmaPeakOperations: KernelsAVX512.fmaPeakOperations,
      dotPeakOperations: KernelsAVX512.dotPeakOperations, read: KernelsAVX512.read,
      copy: KernelsAVX512.copy, triad: KernelsAVX512.triad, fmaPeak: KernelsAVX512.fmaPeak,
      dotPeak: KernelsAVX512.dotPeak, packLeft: KernelsAVX512.packLeft,
      packRight: KernelsAVX512.packRight, multiplyPacked: KernelsAVX512.multiplyPacked,
      matrixVector: KernelsAVX512.matrixVector)
  #elseif arch(arm64)
    private static let neon = KernelTable(
      instructionSet: .neon, tileRows: KernelsNEON.tileRows,
      tileColumns: KernelsNEON.tileColumns, fmaPeakOperations: KernelsNEON.fmaPeakOperations,
      dotPeakOperations: KernelsNEON.dotPeakOperations, read: KernelsNEON.read,
      copy: KernelsNEON.copy, triad: KernelsNEON.triad, fmaPeak: KernelsNEON.fmaPeak,
      dotPeak: KernelsNEON.dotPeak, packLeft: KernelsNEON.packLeft,
      packRight: KernelsNEON.packRight, multiplyPacked: KernelsNEON.multiplyPacked,
      matrixVector: KernelsNEON.matrixVector)
  #endif
}
